//! Futures that are ready but not yet dropped cause no wake-ups.
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::wait_for;
use wasi::clocks::monotonic_clock::subscribe_duration;

#[guest_runtime::main]
async fn main() {
    let mut pollable = pin!(wait_for(subscribe_duration(1_000)));
    let mut timer = pin!(sleep(Duration::from_micros(1)));
    (pollable.as_mut(), timer.as_mut()).join().await;

    let polls = Cell::new(0);
    let counted = async {
        let mut long = pin!(sleep(Duration::from_millis(20)));
        std::future::poll_fn(|context| {
            polls.set(polls.get() + 1);
            long.as_mut().poll(context)
        })
        .await;
    };
    counted.await;
    println!("{}", polls.get() <= 2);
    // Ready once, ready ever after.
    (pollable, timer).join().await;
    println!("still ready");
}
