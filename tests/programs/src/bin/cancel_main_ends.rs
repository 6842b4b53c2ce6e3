//! Main ends, as its argument says, while its jobs compute and wait, and have jobs that do.
use std::task::{Context, Waker};
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn endless() {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn family() {
    let waits = (async || sleep(Duration::from_secs(3600)).await).par();
    (endless().par(), waits, endless().par()).join().await;
}

#[guest_runtime::main]
async fn main() {
    for _ in 0..3 {
        let mut job = Box::pin(family().par());
        assert!(job.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        // The job is leaked, so that its destructor does not run.
        std::mem::forget(job);
    }
    sleep(Duration::from_millis(5)).await;
    println!("main ends");
    match std::env::args().nth(1).as_deref() {
        Some("exit") => guest_runtime::exit(5),
        Some("panic") => panic!("on request"),
        _ => {}
    }
}
