//! Counts the primes below a number, on all cores.
//!
//! ```text
//! $ host run primes.wasm --cores 8 -- 5000000
//! 348513
//! ```

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::ops::Range;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn primes(range: Range<u64>) -> usize {
    range.filter(|&n| is_prime(n)).count()
}

fn is_prime(n: u64) -> bool {
    n > 1 && !(2..).take_while(|d| d * d <= n).any(|d| n.is_multiple_of(d))
}

#[guest_runtime::main]
async fn main() {
    let end = std::env::args().nth(1).map_or(5_000_000, |n| n.parse().expect("the argument is a number"));
    let chunks = (0..end).step_by(10_000).map(|start| start..end.min(start + 10_000));
    let counts: Vec<_> = chunks.map(|chunk| primes(chunk).par()).collect();
    println!("{}", counts.join().await.into_iter().sum::<usize>());
}
