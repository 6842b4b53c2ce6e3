//! Runs very many jobs with a little work each, and prints the mean microseconds per job.
//!
//! The arguments are the steps per job, of one or two nanoseconds each, and the number of jobs.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::Instant;

use guest_runtime::prelude::*;

/// The number of jobs in progress at a time.
const AT_A_TIME: u64 = 1_000;

/// Performs sequentially dependent steps.
#[guest_runtime::parallel]
async fn work(steps: u64) -> u64 {
    // A compiler combines several steps that are only sums and products.
    let step = |state: u64, _| (state ^ (state >> 29)).wrapping_mul(0x5851_f42d_4c95_7f2d);
    (0..steps).fold(steps, step)
}

async fn work_at_once(steps: u64) {
    let jobs: Vec<_> = (0..AT_A_TIME).map(|_| work(steps).par()).collect();
    jobs.join().await;
}

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (steps, count): (u64, u64) = (arguments.next().unwrap_or(3), arguments.next().unwrap_or(1_000));
    // The first batch creates the instances.
    work_at_once(steps).await;
    let start = Instant::now();
    for _ in 0..count / AT_A_TIME {
        work_at_once(steps).await;
    }
    println!("{:.4}", start.elapsed().as_secs_f64() * 1e6 / (count / AT_A_TIME * AT_A_TIME) as f64);
}
