//! A struct with an `Rc` cannot derive what a message needs, and without that it is none.
use std::rc::Rc;

struct Shared {
    words: Rc<Vec<String>>,
}

#[guest_runtime::parallel]
async fn count(shared: Shared) -> usize {
    shared.words.len()
}

fn main() {}
