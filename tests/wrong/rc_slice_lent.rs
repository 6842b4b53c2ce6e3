//! Nor is a slice of them a slice of messages.
use std::rc::Rc;

#[guest_runtime::parallel]
async fn clear(texts: &mut [Rc<String>]) {
    texts.fill(Rc::default());
}

fn main() {}
