//! A job that was started and not awaited runs on another core while main computes without yielding.
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn touch() -> u32 {
    std::fs::write("/touched", "").unwrap();
    9
}

#[guest_runtime::main]
async fn main() {
    let mut job = pin!(touch().par());
    assert!(std::future::poll_fn(|context| Poll::Ready(job.as_mut().poll(context).is_pending())).await);
    while !Path::new("/touched").exists() {
        std::hint::spin_loop();
    }
    println!("touched {}", job.await);
}
