//! The call of a plain `async fn` is a future like any other.
use guest_runtime::prelude::*;

async fn double(n: u64) -> u64 {
    n * 2
}

#[guest_runtime::main]
async fn main() {
    double(1).par().await;
}
