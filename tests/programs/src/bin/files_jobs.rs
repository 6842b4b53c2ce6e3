//! Jobs that are blocked by FIFOs without another end: each is ended in some way, and blocks no other job.
use std::fs;
use std::future::pending;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, timeout};

const SHORT: Duration = Duration::from_millis(20);

#[guest_runtime::parallel]
async fn read() -> String {
    fs::read_to_string("/files/fifo").unwrap()
}

#[guest_runtime::parallel]
async fn write() -> String {
    fs::write("/files/unread", "text").unwrap();
    String::new()
}

#[guest_runtime::parallel]
async fn quick(n: u32) -> u32 {
    n + fs::read("/files/plain").unwrap().len() as u32
}

#[guest_runtime::main]
async fn main() {
    // All of these are blocked while the rest runs.
    let stuck: Vec<_> = (0..20).map(|_| read().par().catch()).collect();
    let beside = async {
        println!("{:?}", timeout(SHORT, read().par()).await.is_err());
        println!("{:?}", timeout(SHORT, write().par()).await.is_err());
        println!("{}", read().par().timeout(SHORT).catch().await.unwrap_err());
        println!("{}", write().par().timeout(SHORT).catch().await.unwrap_err());
        let waits = async {
            sleep(SHORT).await;
            "waited".to_owned()
        };
        println!("{}", (read().par(), write().par(), waits).race().await);
        let sum: u32 = (0..100).map(|n| quick(n).par()).collect::<Vec<_>>().join().await.iter().sum();
        println!("{sum}");
        drop(read().par());
    };
    // With --job-timeout they end, and one of the others fails. Main waits for that, even on a slow machine.
    let stuck = async {
        stuck.join().await;
        pending().await
    };
    (beside, stuck).race().await;
    // Now main is blocked, too.
    println!("{}", fs::read_to_string("/files/fifo").is_ok());
}
