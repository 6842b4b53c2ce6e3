//! A job that computes forever is dropped, repeatedly; each time its core is free for others afterwards.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn endless(_n: u32) {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::main]
async fn main() {
    for n in 0..20 {
        (endless(n).par(), endless(n).par(), endless(n).par(), sleep(Duration::from_millis(3))).race().await;
        println!("{}", (async |n: u32| n).par_with(n).await);
    }
}
