//! A pollable of the program's own: awaited, raced and dropped, in groups.
use guest_runtime::prelude::*;
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::{now, subscribe_duration, subscribe_instant};

#[guest_runtime::main]
async fn main() {
    let start = now();
    wait_for(subscribe_duration(2_000_000)).await;
    println!("awaited {}", now() - start >= 2_000_000);
    let number = async |number: u32, nanos| {
        wait_for(subscribe_duration(nanos)).await;
        number
    };
    let day = 86_400_000_000_000;
    println!("race {}", (number(0, day), number(1, 1_000), number(2, day)).race().await);
    let soon = now() + 1_000_000;
    let group: Vec<_> = (0..500).map(|_| wait_for(subscribe_instant(soon))).collect();
    println!("join {}", group.join().await.len());
    drop(wait_for(subscribe_duration(day)));
    println!("dropped");
}
