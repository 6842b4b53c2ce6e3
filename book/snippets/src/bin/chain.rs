//! A panic that passes through two jobs.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn leaf() -> u32 {
    panic!("no luck")
}

#[guest_runtime::parallel]
async fn middle() -> u32 {
    leaf().par().await + 1
}

#[guest_runtime::main]
async fn main() {
    if let Err(failure) = middle().par().catch().await {
        println!("{failure}");
    }
}
