//! Runs jobs that hold memory until one of them is denied some. Then runs one that gets as much, after the others
//! have ended. The arguments are the number of jobs, and the MiB of each.
use std::time::Duration;

use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::futures_lite::StreamExt;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn hold(mebibytes: usize) {
    let _bytes = std::hint::black_box(vec![1_u8; mebibytes << 20]);
    // Longer than the test may take.
    sleep(Duration::from_secs(3_600)).await;
}

#[guest_runtime::parallel]
async fn fill(mebibytes: usize) -> usize {
    std::hint::black_box(vec![1_u8; mebibytes << 20]).len()
}

#[guest_runtime::main]
async fn main() {
    let args = std::env::args().skip(1).map(|arg| arg.parse().unwrap()).collect::<Vec<usize>>();
    let (jobs, mebibytes) = (args[0], args[1]);
    let mut holding = (0..jobs).map(|_| hold(mebibytes).par().catch()).collect::<FutureGroup<_>>();
    println!("{:?}", holding.next().await);
    drop(holding);
    // The cancelled jobs end on other cores, a little later.
    let filled = loop {
        if let Ok(filled) = fill(mebibytes).par().catch().await {
            break filled;
        }
    };
    println!("{filled}");
}
