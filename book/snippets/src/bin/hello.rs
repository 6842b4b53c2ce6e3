//! A first program: four jobs, one line of output.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn sum_of_squares(from: u64, to: u64) -> u64 {
    (from..to).map(|n| n * n % 7).sum()
}

#[guest_runtime::main]
async fn main() {
    let quarters: Vec<_> = (0..4)
        .map(|n| sum_of_squares(n * 100_000_000, (n + 1) * 100_000_000).par())
        .collect();
    let sum: u64 = quarters.join().await.into_iter().sum();
    println!("{sum}");
}
