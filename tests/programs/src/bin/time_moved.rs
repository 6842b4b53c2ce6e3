//! A sleep that waits with one waker is moved, and then wakes another.
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use guest_runtime::time::sleep;
use guest_runtime::{block_on, wait_for};
use wasi::clocks::monotonic_clock::subscribe_duration;

fn main() {
    let mut nobody = Context::from_waker(Waker::noop());
    let timer = loop {
        let mut timer = Box::pin(sleep(Duration::from_millis(5)));
        // On a busy machine its time may be up already.
        if timer.as_mut().poll(&mut nobody).is_pending() {
            break timer;
        }
    };
    let mut pollable = Box::pin(wait_for(subscribe_duration(5_000_000)));
    assert_eq!(pollable.as_mut().poll(&mut nobody), Poll::Pending);
    block_on(timer);
    block_on(pollable);
    println!("both");
}
