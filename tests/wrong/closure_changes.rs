//! A closure that changes what it captures.
use guest_runtime::prelude::*;

fn main() {
    let mut n = 0_u64;
    let _ = (async || n += 1).par();
}
