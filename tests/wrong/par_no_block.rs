//! What runs is an `async` block.
use guest_runtime::prelude::*;

fn main() {
    let n = 1;
    let _ = par!([n] move || n + 1);
}
