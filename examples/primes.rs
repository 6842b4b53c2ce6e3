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
    n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0)
}

#[guest_runtime::main]
async fn main() {
    let below = std::env::args().nth(1).map_or(5_000_000, |n| n.parse().expect("the argument is a number"));
    let counts: Vec<_> = (0..below).step_by(10_000).map(|n| primes(n..below.min(n + 10_000)).par()).collect();
    println!("{}", counts.join().await.into_iter().sum::<usize>());
}
