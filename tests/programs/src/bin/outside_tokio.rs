//! A job that is started on tokio, goes on while tokio's timers do, and is then waited for.
use guest_runtime::prelude::*;
use tokio::time::{Duration, sleep};

#[guest_runtime::parallel]
async fn primes(end: u64) -> usize {
    (2..end).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0)).count()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut job = primes(100_000).par();
    job.start();
    for n in 0..3 {
        sleep(Duration::from_millis(1)).await;
        println!("timer {n}");
    }
    while !job.pollable().ready() {
        sleep(Duration::from_millis(1)).await;
    }
    println!("{:?}", job.try_wait());
}
