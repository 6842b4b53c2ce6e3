//! Measures the cost of a job on this machine: each figure is the median of eleven rounds.

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
async fn echo_through_serde(pair: (Vec<u8>, u8)) -> (Vec<u8>, u8) {
    pair
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
    let copied = median(async || drop(std::hint::black_box(message.clone()))).await;
    let echoed = median(async || drop(echo(message.clone()).par().await)).await;
    let through_serde =
        median(async || drop(echo_through_serde((message.clone(), 7)).par().await))
            .await;
    let times = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64();
    println!(
        "1 MiB there and back                    {echoed:?}, {:.1} copies of it",
        times(echoed, copied)
    );
    println!(
        "the same through serde                  {:.1} times as long",
        times(through_serde, echoed)
    );
}
