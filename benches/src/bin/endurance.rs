//! Runs very many small jobs, and prints how many seconds a tenth, a half and all of them took. Then waits
//! for a line on stdin, so that the memory of the host can be read.
//!
//! The arguments are how the jobs end, and how many there are.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use guest_runtime::prelude::*;

/// The number of jobs in progress at a time.
const BATCH: u32 = 1_000;

#[guest_runtime::parallel]
async fn small(n: u32) -> u32 {
    n
}

#[guest_runtime::parallel]
async fn trap() {
    core::arch::wasm32::unreachable()
}

async fn batch(what: &str) {
    match what {
        "end" => drop((0..BATCH).map(|n| small(n).par()).collect::<Vec<_>>().join().await),
        // All are dropped when the first has ended: of the others, some have ended, some run, and some have
        // not started.
        "are dropped" => drop((0..BATCH).map(|n| small(n).par()).collect::<Vec<_>>().race().await),
        "trap" => drop((0..BATCH).map(|_| trap().par().catch()).collect::<Vec<_>>().join().await),
        _ => panic!("no such jobs: {what}"),
    }
}

#[guest_runtime::main]
async fn main() {
    let what = std::env::args().nth(1).expect("what becomes of the jobs");
    let batches: u32 = std::env::args().nth(2).expect("how many").parse::<u32>().expect("a number") / BATCH;
    let mut took = Duration::ZERO;
    let mut done = 0;
    for until in [batches / 10, batches / 2, batches] {
        let start = Instant::now();
        while done < until {
            batch(&what).await;
            done += 1;
        }
        took += start.elapsed();
        println!("{:.6}", took.as_secs_f64());
        std::io::stdin().read_line(&mut String::new()).expect("stdin can be read");
    }
}
