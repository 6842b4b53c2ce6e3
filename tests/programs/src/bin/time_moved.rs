//! A sleep that waits with one waker is moved, and then wakes another.
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use guest_runtime::time::sleep;
use guest_runtime::{block_on, wait_for};
use wasi::clocks::monotonic_clock::subscribe_duration;

fn main() {
    let mut timer = Box::pin(sleep(Duration::from_millis(5)));
    let mut pollable = Box::pin(wait_for(subscribe_duration(5_000_000)));
    let mut nobody = Context::from_waker(Waker::noop());
    assert_eq!(timer.as_mut().poll(&mut nobody), Poll::Pending);
    assert_eq!(pollable.as_mut().poll(&mut nobody), Poll::Pending);
    block_on(timer);
    block_on(pollable);
    println!("both");
}
