//! One of a hundred jobs wins the race; the others wait, once or again and again, and are stopped.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn run(n: u32, winner: u32) -> u32 {
    if n == winner {
        return n;
    }
    if n % 2 == 0 {
        sleep(Duration::from_secs(3600)).await;
    }
    loop {
        sleep(Duration::from_micros(100)).await;
    }
}

#[guest_runtime::main]
async fn main() {
    for winner in [0, 50, 99] {
        let runners: Vec<_> = (0..100).map(|n| run(n, winner).par()).collect();
        println!("{}", runners.race().await);
    }
    println!("{}", (async || "a canary".to_string()).par().await);
}
