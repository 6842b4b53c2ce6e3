//! Jobs that start jobs.
use std::ops::Range;

use guest_runtime::prelude::*;

fn collatz(mut n: u64) -> u32 {
    let mut steps = 0;
    while n != 1 {
        n = if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    steps
}

/// The number in this range that takes the most steps, and how many.
#[guest_runtime::parallel]
async fn longest(range: Range<u64>) -> (u32, u64) {
    if range.end - range.start <= 50_000 {
        return range.map(|n| (collatz(n), n)).max().unwrap_or_default();
    }
    let middle = range.start.midpoint(range.end);
    let (a, b) =
        (longest(range.start..middle).par(), longest(middle..range.end).par())
            .join()
            .await;
    a.max(b)
}

#[guest_runtime::main]
async fn main() {
    let (steps, n) = longest(1..1_000_000).await;
    println!("{n} takes {steps} steps");
}
