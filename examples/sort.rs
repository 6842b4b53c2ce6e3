//! Sorts numbers in place, on all cores.
//!
//! ```text
//! $ host run sort.wasm --cores 2 -- 50000000
//! 50000000 numbers, checksum 8f3f5c1471522205
//! sorted in 1.312 s
//! ```
//!
//! The slice is partitioned, which costs less than a tenth of sorting; then one half is sorted here, the
//! other is lent to a job, and each is divided again until there is a part per core. Merging sorted
//! halves would cost more, because only one core can merge, and it needs additional memory.
//!
//! A message has at most 256 MiB, so more than 134 million numbers need `--max-message`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::time::Instant;

use guest_runtime::prelude::*;

/// The number of items below which no job is started.
const FEW: usize = 10_000;

/// Sorts in up to `parts` parallel parts.
#[guest_runtime::parallel]
async fn sort(items: &mut [u32], parts: usize) {
    if parts < 2 || items.len() < FEW {
        return items.sort_unstable();
    }
    let elsewhere = parts / 2;
    // The job gets a sixth less than its share, because sending it takes as long as sorting that.
    let share = items.len() / parts * elsewhere * 5 / 6;
    let (left, _, right) = items.select_nth_unstable(items.len() - share);
    let there = match elsewhere {
        // A slice that is the only argument is not copied in the job: it is sorted in the message.
        1 => (async |items: &mut [u32]| items.sort_unstable()).par_on(right),
        parts => sort(right, parts).par(),
    };
    // Without the box, the future would contain itself.
    let here = Box::pin(sort(left, parts - elsewhere));
    // The job comes first, so that it has been sent when sorting starts here.
    (there, here).join().await;
}

/// Returns pseudo-random numbers, the same in each run.
fn numbers(count: usize) -> Vec<u32> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let random = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u32
    };
    (0..count).map(random).collect()
}

/// Returns a checksum that does not depend on the order.
fn sum(items: &[u32]) -> u64 {
    items.iter().map(|&item| u64::from(item)).sum()
}

/// Returns a checksum that depends on the order.
fn checksum(items: &[u32]) -> u64 {
    (1..).zip(items).fold(0, |sum: u64, (place, &item)| sum.wrapping_add(u64::from(item) * place))
}

#[guest_runtime::main]
async fn main() {
    let count = std::env::args().nth(1).map_or(50_000_000, |n| n.parse().expect("the argument is a number"));
    let mut items = numbers(count);
    let before = sum(&items);

    let start = Instant::now();
    sort(&mut items, guest_runtime::cores()).await;
    let took = start.elapsed();

    assert!(items.is_sorted() && sum(&items) == before, "it has to be the same numbers, sorted");
    println!("{count} numbers, checksum {:016x}", checksum(&items));
    eprintln!("sorted in {:.3} s", took.as_secs_f64());
}
