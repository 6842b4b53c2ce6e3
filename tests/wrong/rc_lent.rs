//! A borrow of an `Rc` is not a borrow of what is in it.
use std::rc::Rc;

#[guest_runtime::parallel]
async fn length(text: &Rc<String>) -> usize {
    text.len()
}

fn main() {}
