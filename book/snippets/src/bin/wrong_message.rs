//! Does not compile: an argument that points into its instance.
use std::rc::Rc;

#[guest_runtime::parallel]
async fn length(text: Rc<str>) -> usize {
    text.len()
}

fn main() {}
