//! Three ticks, ten milliseconds apart.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::interval;

#[guest_runtime::main]
async fn main() {
    let mut ticks = interval(Duration::from_millis(10));
    for _ in 0..3 {
        ticks.next().await;
        println!("tick");
    }
}
