//! A job that is dropped before a core was free for it is never started.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn endless() {
    std::fs::write("/endless", "").unwrap();
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn queued(n: u32) {
    std::fs::write(format!("/queued-{n}"), "").unwrap();
}

#[guest_runtime::main]
async fn main() {
    // With one core: the first takes it, and the others wait behind.
    let queue = async { (queued(1).par(), queued(2).par()).join().await.0 };
    (endless().par(), queue, sleep(Duration::from_millis(10))).race().await;
    (async || {}).par().await;
    let mut names: Vec<_> = std::fs::read_dir("/").unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    println!("{names:?}");
}
