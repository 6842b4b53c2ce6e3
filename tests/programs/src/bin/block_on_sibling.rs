//! A future is woken by its sibling, not by the host: the waker of `block_on` makes it poll again.
use std::cell::Cell;
use std::task::{Poll, Waker};

use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let (value, waiting) = (Cell::new(None), Cell::new(None::<Waker>));
    let receive = std::future::poll_fn(|context| match value.take() {
        Some(value) => Poll::Ready(value),
        None => {
            waiting.set(Some(context.waker().clone()));
            Poll::Pending
        }
    });
    // Polled after the receiver, so the receiver has to be polled once more.
    let send = async {
        value.set(Some(7));
        waiting.take().unwrap().wake();
    };
    println!("{:?}", (receive, send).join().await);
}
