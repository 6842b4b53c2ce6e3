//! Stops jobs one by one, and prints how many milliseconds each stop took.
//!
//! The arguments are what the job does, the number of jobs, and where they run, given that each core gets
//! every second job: on the core of `main`, on the `other`, or on either one `beside` a job that computes
//! forever on the other core. A job reports its start; a line on stdin requests the stop.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use guest_runtime::ParallelFuture;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

/// The time between two checks of a job for a stop request.
const PIECE: Duration = Duration::from_micros(10);

fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn wait() {
    println!("begun");
    sleep(Duration::from_secs(3600)).await;
}

#[guest_runtime::parallel]
async fn endless() {
    println!("begun");
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn yielding() {
    sleep(Duration::from_micros(1)).await;
    println!("begun");
    loop {
        compute(PIECE);
        futures_lite::future::yield_now().await;
    }
}

#[guest_runtime::parallel]
async fn unyielding() {
    sleep(Duration::from_micros(1)).await;
    println!("begun");
    loop {
        std::hint::spin_loop();
    }
}

/// Starts an empty job, so that the round-robin skips a core.
async fn skip_core() {
    let mut nothing = (async || ()).par();
    nothing.start();
    nothing.await;
}

fn wait_for_line() {
    std::io::stdin().read_line(&mut String::new()).expect("stdin can be read");
}

#[guest_runtime::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, count, place] = arguments.as_slice() else { panic!("three arguments") };
    let job: fn() -> ParallelFuture<'static, ()> = match what.as_str() {
        "waits" | "queued" => || wait().par(),
        "computes" => || endless().par(),
        "yields" => || yielding().par(),
        "never yields" => || unyielding().par(),
        _ => panic!("no such job: {what}"),
    };
    let on_main = place.starts_with("main");
    let mut neighbour = endless().par();
    if place.ends_with("beside") {
        skip_core().await;
        neighbour.start();
        wait_for_line();
    }
    for _ in 0..count.parse().expect("a number") {
        if !on_main {
            skip_core().await;
        }
        let mut job = job();
        job.start();
        if what != "queued" {
            wait_for_line();
        }
        let start = Instant::now();
        job.stop().await;
        println!("{:.4}", start.elapsed().as_secs_f64() * 1e3);
        if on_main {
            skip_core().await;
        }
    }
}
