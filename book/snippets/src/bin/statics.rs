//! Every instance has its own statics, and warm instances keep them.
use std::sync::atomic::{AtomicU32, Ordering};

use guest_runtime::prelude::*;

static COUNT: AtomicU32 = AtomicU32::new(0);

#[guest_runtime::parallel]
async fn count() -> u32 {
    COUNT.fetch_add(1, Ordering::Relaxed) + 1
}

#[guest_runtime::main]
async fn main() {
    COUNT.store(100, Ordering::Relaxed);
    println!("a job:        {}", count().par().await);
    println!("a job:        {}", count().par().await);
    println!("here:         {}", count().await);
    let failure = (async || -> () { panic!("no luck") }).par().catch().await;
    println!("a failed job: {}", failure.is_err());
    println!("a job:        {}", count().par().await);
}
