//! `wait` for something that can no longer happen: for nothing at all, and for a future that cannot be polled
//! meanwhile.
use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

#[guest_runtime::main]
async fn main() {
    if std::env::args().nth(1).as_deref() == Some("nothing") {
        return pending().wait();
    }
    let is_done = Cell::new(false);
    let sets_it = async {
        sleep(Duration::from_millis(1)).await;
        is_done.set(true);
    };
    let waits_for_it =
        async { poll_fn(|_| if is_done.get() { Poll::Ready(()) } else { Poll::Pending }).wait() };
    (sets_it, waits_for_it).join().await;
}
