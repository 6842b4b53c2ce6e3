//! Does not compile: an argument without serde support.
use std::rc::Rc;

#[guest_runtime::parallel]
async fn length(text: Rc<str>) -> usize {
    text.len()
}

fn main() {}
