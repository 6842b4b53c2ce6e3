//! The same of a closure that borrows its argument.
use guest_runtime::prelude::*;

fn main() {
    let n: u64 = 21;
    let mut numbers = [1_u64, 2];
    let _ = (async move |numbers: &mut [u64]| numbers.fill(n)).par_on(&mut numbers[..]);
}
