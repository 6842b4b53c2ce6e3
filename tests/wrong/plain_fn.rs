//! A function that is not `async` has returned when `.par()` is called.
use guest_runtime::prelude::*;

fn double(n: u64) -> u64 {
    n * 2
}

#[guest_runtime::main]
async fn main() {
    double(1).par().await;
}
