//! A variable that a closure captures stays behind.
use guest_runtime::prelude::*;

fn main() {
    let n: u64 = 21;
    let _ = (async move || n * 2).par();
}
