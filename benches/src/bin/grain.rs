//! The same work on every item of a slice, in a loop and with `par_map`, to find the number of items from
//! which `par_map` is faster. Prints the median microseconds of each.
//!
//! The arguments are the steps per item, of one or two nanoseconds each, and the number of items.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;

/// The time to spend on measuring one variant.
const LONG_ENOUGH: Duration = Duration::from_millis(400);

/// Sequentially dependent steps; the item is their number.
fn work(item: &u64) -> u64 {
    // A compiler combines several steps that are only sums and products.
    let step = |state: u64, _| (state ^ (state >> 29)).wrapping_mul(0x5851_f42d_4c95_7f2d);
    (0..item % STEPS).fold(*item, step)
}

/// More steps than any item has.
const STEPS: u64 = 1 << 32;

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e6
}

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (steps, count): (u64, u64) = (arguments.next().unwrap_or(3), arguments.next().unwrap_or(1_000));
    let items: Vec<u64> = (0..count).map(|n| n * STEPS + steps).collect();
    let begin = Instant::now();
    let (mut here, mut there) = (Vec::new(), Vec::new());
    // The first round is not measured: instances are created in it, and the runtime measures the items.
    for round in 0.. {
        let start = Instant::now();
        let expected: Vec<u64> = black_box(&items).iter().map(work).collect();
        let took_here = start.elapsed();
        let start = Instant::now();
        let results = black_box(&items).par_map(async |item| work(item)).await;
        let took_there = start.elapsed();
        assert_eq!(results, expected, "it has to be the same work");
        if round > 0 {
            here.push(took_here);
            there.push(took_there);
        }
        if round >= 3 && begin.elapsed() > LONG_ENOUGH {
            break;
        }
    }
    println!("{:.3}\n{:.3}", median(here), median(there));
}
