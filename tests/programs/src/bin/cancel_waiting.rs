//! Jobs that wait for an hour are dropped: one, and more than there may be instances.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn wait() {
    sleep(Duration::from_secs(3600)).await;
}

#[guest_runtime::main]
async fn main() {
    let soon = || sleep(Duration::from_millis(5));
    (wait().par(), soon()).race().await;
    println!("one");
    let many = async {
        (0..1_500).map(|_| wait().par()).collect::<Vec<_>>().join().await;
    };
    (many, soon()).race().await;
    println!("many");
    println!("{}", (async || "a canary".to_string()).par().await);
}
