//! What a job costs, on this machine: each figure is the median of eleven tries.

use std::time::{Duration, Instant};

use guest_runtime::prelude::*;

const JOBS: u32 = 10_000;

#[guest_runtime::parallel]
async fn nothing() {}

#[guest_runtime::parallel]
async fn echo(bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[guest_runtime::parallel]
async fn fail() {
    panic!("so that the next job has a fresh instance")
}

async fn median(once: impl AsyncFn()) -> Duration {
    let mut times = Vec::new();
    for _ in 0..11 {
        let start = Instant::now();
        once().await;
        times.push(start.elapsed());
    }
    times.sort();
    times[5]
}

#[guest_runtime::main]
async fn main() {
    let many = median(async || {
        drop((0..JOBS).map(|_| nothing().par()).collect::<Vec<_>>().join().await)
    });
    println!("an empty job, one of {JOBS} under way    {:?}", many.await / JOBS);

    let alone = median(async || {
        for _ in 0..JOBS {
            nothing().par().await;
        }
    });
    println!("an empty job, one at a time             {:?}", alone.await / JOBS);

    let failing = median(async || {
        for _ in 0..1_000 {
            let _ = fail().par().catch().await;
        }
    });
    println!("a job that fails and its fresh instance {:?}", failing.await / 1_000);

    let message = vec![7; 1 << 20];
    let there_and_back =
        median(async || drop(echo(message.clone()).par().await)).await;
    let copies = median(async || drop(std::hint::black_box(message.clone()))).await;
    let ratio = there_and_back.as_secs_f64() / copies.as_secs_f64();
    println!(
        "1 MiB there and back                    {there_and_back:?}, {ratio:.1} times one copy of it"
    );
}
