//! Ten thousand empty jobs, joined.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn number(n: u32) -> u32 {
    n
}

#[guest_runtime::main]
async fn main() {
    let jobs: Vec<_> = (0..10_000).map(|n| number(n).par()).collect();
    println!("{}", jobs.join().await.into_iter().eq(0..10_000));
}
