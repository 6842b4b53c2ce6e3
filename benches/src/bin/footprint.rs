//! Keeps many jobs in one state, so that their memory can be measured from outside.
//!
//! The arguments are the state, and the number of jobs. `waiting`: a job before them waits forever, in the
//! only slot (`--slots 0`). `suspended`: all wait, and each has reported its start. `warm`: they have waited
//! at the same time and ended, so that their instances are left. Main prints `ready`, and then waits for a
//! line on stdin.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

const FOR_EVER: Duration = Duration::from_secs(3600);

/// Long enough for the last job to start before the first ends, so that no instance is reused.
const LONG_ENOUGH: Duration = Duration::from_secs(1);

#[guest_runtime::parallel]
async fn wait() {
    println!("begun");
    sleep(FOR_EVER).await;
}

#[guest_runtime::parallel]
async fn wait_a_little() {
    println!("begun");
    sleep(LONG_ENOUGH).await;
}

#[guest_runtime::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, count] = arguments.as_slice() else { panic!("two arguments") };
    let count: usize = count.parse().expect("a number");
    let jobs: Vec<_> = match what.as_str() {
        "waiting" | "suspended" => (0..count).map(|_| wait().par()).collect(),
        "warm" => (0..count).map(|_| wait_a_little().par()).collect(),
        _ => panic!("no such jobs: {what}"),
    };
    let mut first = wait().par();
    if what == "waiting" {
        first.start();
        // It takes the slot during this sleep.
        sleep(Duration::from_millis(100)).await;
    }
    let mut jobs = jobs;
    if what == "warm" {
        jobs.join().await;
        jobs = Vec::new();
    } else {
        jobs.iter_mut().for_each(|job| job.start());
    }
    println!("ready");
    std::io::stdin().read_line(&mut String::new()).expect("stdin can be read");
    drop(jobs);
}
