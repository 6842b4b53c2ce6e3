//! Many jobs that only compute, each for longer than the shortest time that a job waits for a core, on memory
//! that would be missed if many of them had an instance at a time.
use std::hint::black_box;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;

const JOBS: u64 = 30;

const BYTES: usize = 16 << 20;

#[guest_runtime::parallel]
async fn compute(n: u64) -> u64 {
    let _memory = black_box(Vec::<u8>::with_capacity(BYTES));
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(15) {}
    n
}

#[guest_runtime::main]
async fn main() {
    let jobs: Vec<_> = (0..JOBS).map(|n| compute(n).par()).collect();
    println!("{}", jobs.join().await.into_iter().sum::<u64>());
}
