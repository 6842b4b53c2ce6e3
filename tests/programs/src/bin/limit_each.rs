//! Jobs that exceed a limit: `limit_each WHAT` prints the failure of one, and checks that other jobs succeed.
use std::time::{Duration, Instant};

use guest_runtime::Failure;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

async fn takes_memory(bytes: u64) -> u64 {
    let taken = vec![1_u8; bytes as usize];
    taken.iter().map(|&byte| u64::from(byte)).sum()
}

async fn computes() {
    loop {
        std::hint::spin_loop();
    }
}

async fn computes_after_waiting() {
    sleep(Duration::from_millis(1)).await;
    computes().await;
}

async fn waits() {
    sleep(Duration::from_secs(3600)).await;
}

/// Waits without this runtime, so that it cannot be asked to stop.
async fn waits_deaf() {
    std::thread::sleep(Duration::from_secs(3600));
}

async fn asks_the_host() {
    loop {
        std::hint::black_box(Instant::now());
    }
}

async fn length(message: Vec<u8>) -> u64 {
    message.len() as u64
}

async fn long(length: u64) -> Vec<u8> {
    vec![0; length as usize]
}

#[guest_runtime::parallel]
async fn deeper() -> Result<(), Failure> {
    deeper().par().catch().await?
}

async fn holds_memory() -> u64 {
    let taken = vec![1_u8; 40 << 20];
    sleep(Duration::from_millis(200)).await;
    taken.iter().map(|&byte| u64::from(byte)).sum()
}

#[guest_runtime::main]
async fn main() {
    let what = std::env::args().nth(1).unwrap_or_default();
    let sibling = (async |n: u64| n + 1).par_with(41);
    let failing = async {
        match what.as_str() {
            "memory" => drop(takes_memory.par_with(48 << 20).catch().await?),
            "memory of one" => drop(takes_memory.par_with(48 << 20).memory(32 << 20).catch().await?),
            "memory of all" => {
                drop((0..4).map(|_| holds_memory.par().catch()).collect::<Vec<_>>().try_join().await?)
            }
            "computing" => computes.par().catch().await?,
            "computing after a wait" => computes_after_waiting.par().catch().await?,
            "waiting" => waits.par().catch().await?,
            "waiting deaf" => waits_deaf.par().catch().await?,
            "time of one" => waits.par().timeout(Duration::from_millis(20)).catch().await?,
            "calls" => asks_the_host.par().catch().await?,
            "message" => drop(length.par_with(vec![0; 2 << 20]).catch().await?),
            "result" => drop(long.par_with(2 << 20).catch().await?),
            "depth" => deeper().par().catch().await??,
            other => panic!("what is {other:?}?"),
        }
        Ok::<(), Failure>(())
    };
    let (failure, sibling) = (failing, sibling).join().await;
    println!("{}", failure.unwrap_err());
    println!("{sibling} {}", (async |n: u64| n + 1).par_with(sibling).await);
}
