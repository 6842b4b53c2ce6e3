//! A job that is dropped before a core was free for it is never started.
use std::pin::pin;
use std::task::Poll;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn touch(n: u32) {
    std::fs::write(format!("/{n}"), "").unwrap();
}

#[guest_runtime::main]
async fn main() {
    {
        // With one core, which is main's until main waits.
        let mut jobs = pin!((touch(1).par(), touch(2).par()).join());
        assert!(std::future::poll_fn(|context| Poll::Ready(jobs.as_mut().poll(context).is_pending())).await);
    }
    touch(3).par().await;
    let mut names: Vec<_> = std::fs::read_dir("/").unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    println!("{names:?}");
}
