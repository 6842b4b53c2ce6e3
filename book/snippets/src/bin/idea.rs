//! The same two calls, concurrent and parallel.
use std::ops::Range;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn primes(range: Range<u64>) -> usize {
    range
        .filter(|&n| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0))
        .count()
}

#[guest_runtime::main]
async fn main() {
    let a = primes(0..500_000); // nothing happens yet
    let b = primes(500_000..1_000_000);
    let (a, b) = (a, b).join().await; // concurrent: this instance, one core
    println!("{a} + {b} = {}", a + b);

    let a = primes(0..500_000).par(); // nothing happens yet
    let b = primes(500_000..1_000_000).par();
    let (a, b) = (a, b).join().await; // parallel: other instances, other cores
    println!("{a} + {b} = {}", a + b);
}
