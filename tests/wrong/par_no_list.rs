//! A list is in brackets.
use guest_runtime::prelude::*;

fn main() {
    let n = 1;
    let _ = par!(n, async { n + 1 });
}
