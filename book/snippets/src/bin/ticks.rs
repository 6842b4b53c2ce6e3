//! An interval, and work that takes longer than its period.
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::interval;

const PERIOD: Duration = Duration::from_millis(250);

#[guest_runtime::main]
async fn main() {
    let start = Instant::now();
    let mut ticks = interval(PERIOD);
    while let Some(tick) = ticks.next().await {
        let number = (tick - start).as_millis() / PERIOD.as_millis();
        println!("tick {number}");
        match number {
            // Blocks the whole instance, like any computation.
            2 => std::thread::sleep(2 * PERIOD),
            5.. => break,
            _ => {}
        }
    }
}
