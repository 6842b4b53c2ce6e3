//! Jobs awaited on another runtime.
use guest_runtime::ParallelFuture;
use guest_runtime::prelude::*;
use wstd::runtime::AsyncPollable;
use wstd::task::sleep;
use wstd::time::Duration;

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

async fn on_wstd<T>(mut job: ParallelFuture<'_, T>) -> T {
    AsyncPollable::new(job.pollable()).wait_for().await;
    job.wait()
}

#[wstd::main]
async fn main() {
    let jobs = (
        on_wstd(square(6).par()),
        on_wstd(square(7).par()),
        sleep(Duration::from_millis(1)),
    );
    let (a, b, _woke_at) = jobs.join().await;
    println!("{a} {b}");
}
