//! Starts as many jobs as the argument says. They wait until the program is stopped from outside.
//!
//! Each reports its start. Main reports when all are submitted, because some may wait in a queue.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn wait() {
    println!("begun");
    sleep(Duration::from_secs(3600)).await;
}

#[guest_runtime::main]
async fn main() {
    let count: u32 = std::env::args().nth(1).expect("how many").parse().expect("a number");
    let mut jobs: Vec<_> = (0..count).map(|_| wait().par()).collect();
    jobs.iter_mut().for_each(|job| job.start());
    println!("started");
    jobs.join().await;
}
