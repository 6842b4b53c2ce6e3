//! One job of eight fails: the values of the others arrive, and the failed instance is not reused.
use std::sync::atomic::{AtomicBool, Ordering};

use guest_runtime::prelude::*;

static FAILED: AtomicBool = AtomicBool::new(false);

#[guest_runtime::parallel]
async fn maybe(n: u32, fails: bool) -> u32 {
    assert!(!FAILED.load(Ordering::Relaxed), "an instance that failed was used again");
    if fails {
        FAILED.store(true, Ordering::Relaxed);
        match n % 3 {
            0 => panic!("number {n}"),
            1 => std::process::abort(),
            _ => guest_runtime::exit(1),
        }
    }
    n
}

#[guest_runtime::main]
async fn main() {
    for round in 0..30 {
        let jobs: Vec<_> = (0..8).map(|n| maybe(n, n == round % 8).par().catch()).collect();
        for (n, outcome) in (0..).zip(jobs.join().await) {
            match outcome {
                Ok(value) => assert_eq!(value, n),
                Err(failure) => {
                    assert!(n == round % 8 && !failure.to_string().contains("again"), "{failure}")
                }
            }
        }
    }
    println!("thirty rounds");
}
