//! A struct with an `Rc` that derives what a message needs.
use std::rc::Rc;

#[derive(serde::Serialize, serde::Deserialize)]
struct Shared {
    words: Rc<Vec<String>>,
}

#[guest_runtime::parallel]
async fn count(shared: Shared) -> usize {
    shared.words.len()
}

fn main() {}
