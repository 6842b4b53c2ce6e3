//! Ten thousand jobs that wait, ten times as many as there may be instances.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn wait(n: u32) -> u32 {
    sleep(Duration::from_millis(5)).await;
    n
}

#[guest_runtime::main]
async fn main() {
    let jobs: Vec<_> = (0..10_000).map(|n| wait(n).par()).collect();
    println!("{}", jobs.join().await.into_iter().eq(0..10_000));
}
