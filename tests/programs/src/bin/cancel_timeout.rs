//! A time limit on jobs: some are late, some are not.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

#[guest_runtime::parallel]
async fn endless() -> u32 {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::main]
async fn main() {
    let (short, hour) = (Duration::from_millis(3), Duration::from_secs(3600));
    println!("{:?}", timeout(short, endless().par()).await.is_err());
    println!("{:?}", timeout(hour, (async || 1).par()).await.ok());
    let both = (timeout(short, endless().par()), timeout(hour, (async || 2).par())).join().await;
    println!("{:?}", (both.0.is_err(), both.1.ok()));
    println!("{:?}", (async || 3).par().await);
}
