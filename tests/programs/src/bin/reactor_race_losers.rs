//! Futures that lose a race are deregistered: there are more losers than an instance may have handles.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::subscribe_duration;

const HOUR: Duration = Duration::from_secs(3600);

#[guest_runtime::main]
async fn main() {
    for _ in 0..110_000 {
        (wait_for(subscribe_duration(HOUR.as_nanos() as u64)), std::future::ready(())).race().await;
    }
    println!("110000 pollables lost");
    for _ in 0..110_000 {
        (sleep(HOUR), std::future::ready(())).race().await;
    }
    println!("110000 sleeps lost");
    for _ in 0..1_000 {
        (sleep(HOUR), wait_for(subscribe_duration(HOUR.as_nanos() as u64)), sleep(Duration::from_micros(1)))
            .race()
            .await;
    }
    println!("1000 turns of the reactor");
    let lose = async || {
        let sleeps: Vec<_> = (0..1_000).map(|n| sleep(HOUR + Duration::from_nanos(n))).collect();
        (sleeps.race(), std::future::ready(())).race().await;
    };
    lose().await;
    let pages = std::arch::wasm32::memory_size(0);
    for _ in 0..1_000 {
        lose().await;
    }
    println!("1000 times 1000 sleeps lost, in {} more pages", std::arch::wasm32::memory_size(0) - pages);
}
