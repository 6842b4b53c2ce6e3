//! The program of the README.

use std::ops::Range;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn count_primes(range: Range<u64>) -> usize {
    range.filter(|&n| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0)).count()
}

#[guest_runtime::main]
async fn main() {
    let chunks = (0..500).map(|n| n * 10_000..(n + 1) * 10_000);
    let jobs: Vec<_> = chunks.map(|chunk| count_primes(chunk).par()).collect();
    let counts = jobs.join().await;
    println!("{}", counts.iter().sum::<usize>());
}
