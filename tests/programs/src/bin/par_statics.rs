//! Every instance has its own statics: those of main and of jobs are separate.
use std::sync::atomic::{AtomicU32, Ordering};

use guest_runtime::prelude::*;

static COUNT: AtomicU32 = AtomicU32::new(0);

#[guest_runtime::parallel]
async fn count() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}

#[guest_runtime::main]
async fn main() {
    COUNT.store(1_000, Ordering::Relaxed);
    let counts: Vec<u32> = (0..20).map(|_| count().par()).collect::<Vec<_>>().join().await;
    // A reused instance continues to count.
    println!("{}", counts.iter().all(|&n| (1..=20).contains(&n)));
    println!("{}", COUNT.load(Ordering::Relaxed));
    println!("{}", count().await);
}
