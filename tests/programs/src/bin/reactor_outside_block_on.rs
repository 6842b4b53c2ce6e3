//! Timers, pollables and jobs are made, and dropped, where no `block_on` runs.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, timeout};
use guest_runtime::{block_on, wait_for};
use wasi::clocks::monotonic_clock::subscribe_duration;

const HOUR: Duration = Duration::from_secs(3600);

fn main() {
    drop((sleep(HOUR), wait_for(subscribe_duration(1)), (async || {}).par(), timeout(HOUR, async {})));
    let (timer, pollable) = (sleep(Duration::from_millis(1)), wait_for(subscribe_duration(1)));
    let job = (async || 3).par();
    println!("{:?}", block_on((timer, pollable, job).join()));

    let mut timer = Box::pin(sleep(HOUR));
    let mut pollable = Box::pin(wait_for(subscribe_duration(HOUR.as_nanos() as u64)));
    let mut job = Box::pin((async || sleep(HOUR).await).par());
    block_on((timer.as_mut(), pollable.as_mut(), job.as_mut(), sleep(Duration::from_millis(1))).race());
    drop((timer, pollable, job));
    println!("dropped");
    std::thread_local!(static KEPT: std::cell::RefCell<Vec<Box<dyn std::any::Any>>> = std::cell::RefCell::default());
    let mut kept = Box::pin(sleep(HOUR));
    block_on((kept.as_mut(), sleep(Duration::from_millis(1))).race());
    KEPT.with_borrow_mut(|all| all.push(Box::new(kept)));
}
