//! Starts empty jobs, waits for them, and prints the microseconds per job.
//!
//! The argument is how many are joined at a time. A single one is awaited.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../rounds.rs"]
mod rounds;

use std::time::Instant;

use guest_runtime::prelude::*;

use rounds::Rounds;

/// The least number of jobs in a round.
const JOBS: usize = 1_000;

#[guest_runtime::parallel]
async fn nothing() {}

#[guest_runtime::main]
async fn main() {
    let batch: usize = std::env::args().nth(1).expect("how many").parse().expect("a number");
    let batches = (JOBS / batch).max(1);
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let start = Instant::now();
        for _ in 0..batches {
            if batch == 1 {
                nothing().par().await;
            } else {
                let jobs: Vec<_> = (0..batch).map(|_| nothing().par()).collect();
                jobs.join().await;
            }
        }
        rounds.add(start);
    }
    println!("{:.4}", rounds.each(batches * batch));
}
