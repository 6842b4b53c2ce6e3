//! Two hundred sleeps with one deadline all end.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use wasi::clocks::monotonic_clock::{now, subscribe_instant};

#[guest_runtime::main]
async fn main() {
    let sleeps: Vec<_> = (0..200).map(|_| sleep(Duration::from_millis(2))).collect();
    println!("{}", sleeps.join().await.len());
    // To the nanosecond.
    let deadline = now() + 2_000_000;
    let waits: Vec<_> = (0..200).map(|_| guest_runtime::wait_for(subscribe_instant(deadline))).collect();
    println!("{}", waits.join().await.len());
}
