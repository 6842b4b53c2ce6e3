//! One job per item, all at once or a bounded number.
use std::cell::Cell;
use std::num::NonZeroUsize;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

#[guest_runtime::main]
async fn main() {
    // All at once; the results are in the order of completion.
    let numbers: Vec<u64> = (1..=10).collect();
    let mut squares: Vec<u64> =
        numbers.into_co_stream().map(|n| square(n).par()).collect().await;
    squares.sort();
    println!("{squares:?}");

    // At most four at a time, for inputs of any length.
    let sum = Cell::new(0);
    let numbers: Vec<u64> = (1..=1_000).collect();
    numbers
        .into_co_stream()
        .limit(NonZeroUsize::new(4))
        .for_each(async |n| {
            let square = square(n).par().await;
            sum.set(sum.get() + square);
        })
        .await;
    println!("{}", sum.get());
}
