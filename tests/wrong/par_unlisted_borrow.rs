//! The same of a variable that is a borrow.
use guest_runtime::prelude::*;

fn length(text: &str) -> usize {
    par!(async { text.len() }).wait()
}

fn main() {
    length("text");
}
