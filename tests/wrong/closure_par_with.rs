//! The same of a closure with an argument.
use guest_runtime::prelude::*;

fn main() {
    let n: u64 = 21;
    let _ = (async move |m: u64| n * m).par_with(2);
}
