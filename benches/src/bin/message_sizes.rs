//! Passes bytes to a job, and gets them back or not. Prints the microseconds per job.
//!
//! The arguments are `take` or `echo`, and the number of bytes. The bytes exist before the measurement, and
//! each job is awaited before the next one starts.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../rounds.rs"]
mod rounds;

use std::hint::black_box;
use std::time::Instant;

use guest_runtime::prelude::*;

use rounds::Rounds;

/// The approximate number of bytes per round, with at most this many messages.
const BYTES: usize = 1 << 20;
const MESSAGES: usize = 100;

#[guest_runtime::parallel]
async fn take(bytes: Vec<u8>) {
    drop(black_box(bytes));
}

#[guest_runtime::parallel]
async fn echo(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[guest_runtime::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, size] = arguments.as_slice() else { panic!("two arguments") };
    let size: usize = size.parse().expect("a number");
    let count = (BYTES / size.max(1)).clamp(1, MESSAGES);
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let messages: Vec<_> = (0..count).map(|n| vec![n as u8; size]).collect();
        let start = Instant::now();
        for message in messages {
            if what == "take" {
                take(message).par().await;
            } else {
                let back = echo(message).par().await;
                assert_eq!(back.len(), size, "it comes back as it was");
            }
        }
        rounds.add(start);
    }
    println!("{:.4}", rounds.each(count));
}
