//! A job that was started and is dropped has been stopped: its core is free, its pollable ready.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::parallel]
async fn compute() -> u32 {
    loop {
        std::hint::spin_loop();
    }
}

#[guest_runtime::parallel]
async fn wait() -> u32 {
    sleep(Duration::from_secs(3600)).await;
    0
}

fn main() {
    for n in 0..20 {
        let mut jobs = [compute().par(), wait().par(), compute().par(), wait().par()];
        let pollables = jobs.each_mut().map(|job| job.pollable());
        // Some have begun and some have not.
        std::thread::sleep(Duration::from_micros(100 * n));
        assert!(pollables.iter().all(|pollable| !pollable.ready()));
        drop(jobs);
        // The pollable is ready when the job is gone, even if the job never began.
        pollables.iter().for_each(|pollable| pollable.block());
        println!("{}", (async |n: u64| n).par_with(n).wait());
    }
}
