//! The same of a variable that the block changes.
use guest_runtime::prelude::*;

fn main() {
    let mut total = 0;
    par!([] async { total += 1 }).wait();
}
