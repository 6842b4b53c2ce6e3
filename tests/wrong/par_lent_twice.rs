//! Two jobs cannot have the same variable to change.
use guest_runtime::prelude::*;

fn main() {
    let mut n = 0;
    let (a, b) = (par!([&mut n] async { *n += 1 }), par!([&mut n] async { *n += 2 }));
    (a, b).join().wait();
}
