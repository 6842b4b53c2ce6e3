//! Ten thousand sleeps at a time, no two alike, none too short.
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    let start = Instant::now();
    let sleeps: Vec<_> = (0..10_000_u64)
        .map(|n| async move {
            // 7919 is prime, so the deadlines come in no order.
            let duration = Duration::from_micros(n * 7919 % 10_000 * 5);
            sleep(duration).await;
            usize::from(start.elapsed() >= duration)
        })
        .collect();
    println!("{}", sleeps.join().await.into_iter().sum::<usize>());
}
