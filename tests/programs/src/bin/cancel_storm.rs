//! A thousand jobs are started and cancelled one by one, at every stage there is; then one is not.
use std::task::Poll;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn endless(n: u64) -> u64 {
    loop {
        std::hint::black_box(n);
    }
}

#[guest_runtime::main]
async fn main() {
    for n in 0..1_000 {
        let mut job = Box::pin(endless(n).par());
        assert!(std::future::poll_fn(|context| Poll::Ready(job.as_mut().poll(context).is_pending())).await);
        match n % 4 {
            // Not started yet, most likely.
            0 => {}
            // About to start.
            1 => std::hint::black_box((0..n * 20).sum::<u64>()).to_string().truncate(0),
            // Running, on this core or another.
            2 => sleep(Duration::from_micros(n)).await,
            // Beside another that is cancelled.
            _ => drop((job, Box::pin(endless(n).par()))),
        }
    }
    println!("{}", (async |n: u64| n).par_with(1_000).await);
}
