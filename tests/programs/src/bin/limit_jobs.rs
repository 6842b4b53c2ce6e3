//! More jobs than may be in flight: the rest begin later, also where one of them is dropped meanwhile.
use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn double(n: u64) -> u64 {
    n * 2
}

/// Starts jobs of its own while it occupies a place among the jobs in flight.
#[guest_runtime::parallel]
async fn sum(n: u64) -> u64 {
    let jobs: Vec<_> = (0..n).map(|n| double(n).par()).collect();
    jobs.join().await.into_iter().sum()
}

#[guest_runtime::main]
async fn main() {
    let jobs: Vec<_> = (0..1000).map(|n| double(n).par()).collect();
    println!("{}", jobs.join().await.into_iter().sum::<u64>());

    let jobs: Vec<_> = (0..20).map(|n| sum(n).par()).collect();
    println!("{}", jobs.join().await.into_iter().sum::<u64>());

    // Jobs that wait for room are dropped, before and after there is room for them.
    for late in [0, 1, 5] {
        let sleepers = (0..50).map(|_| (async || sleep(Duration::from_secs(3600)).await).par());
        let mut all = Box::pin(sleepers.collect::<Vec<_>>().join());
        let is_pending = poll_fn(|context| Poll::Ready(all.as_mut().poll(context).is_pending())).await;
        assert!(is_pending);
        sleep(Duration::from_millis(late)).await;
        drop(all);
        println!("{}", double(late).par().await);
    }
}
