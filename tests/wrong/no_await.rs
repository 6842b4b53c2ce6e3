//! A job is a future.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn double(n: u64) -> u64 {
    n * 2
}

#[guest_runtime::main]
async fn main() {
    let n: u64 = double(1).par();
}
