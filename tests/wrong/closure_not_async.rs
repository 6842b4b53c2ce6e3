//! Nor is a closure a job that is not `async`.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    (|n: u64| n * 2).par_with(1).await;
}
