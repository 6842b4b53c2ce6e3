//! Waits for any WASI pollable.
use guest_runtime::prelude::*;
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::subscribe_duration;

#[guest_runtime::main]
async fn main() {
    let short = async {
        wait_for(subscribe_duration(1_000_000)).await;
        "the short one"
    };
    let long = async {
        wait_for(subscribe_duration(3_600_000_000_000)).await;
        "the long one"
    };
    println!("{}", (short, long).race().await);
}
