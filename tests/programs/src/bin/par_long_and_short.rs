//! A job that computes for a long time does not delay woken jobs of its core until its end.
use std::path::Path;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn long() {
    std::fs::write("/begun", "").unwrap();
    while !Path::new("/over").exists() {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn short() {
    // Begins before the long one does, and is woken while that one computes.
    while !Path::new("/begun").exists() {
        sleep(Duration::from_micros(100)).await;
    }
    std::fs::write("/over", "").unwrap();
}

#[guest_runtime::main]
async fn main() {
    (short().par(), long().par()).join().await;
    println!("over");
}
