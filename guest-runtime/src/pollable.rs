//! A future that waits for any pollable.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use wasi::io::poll::Pollable;

use crate::reactor::{Registration, Wait};

/// Waits until a pollable is ready.
///
/// With this, a program can await everything in WASI that has a `subscribe`, and the pollables of imports of its
/// own. The type is that of the `wasi` crate (0.14) and of `wasip2` (1.0).
///
/// # Examples
///
/// ```
/// use guest_runtime::wait_for;
/// use wasi::clocks::monotonic_clock::subscribe_duration;
///
/// guest_runtime::block_on(async {
///     wait_for(subscribe_duration(1_000_000)).await;
/// });
/// ```
///
/// # Cancellation
///
/// Dropping the future drops the pollable.
pub fn wait_for(pollable: Pollable) -> WaitFor {
    WaitFor { registration: Registration::new(pollable), wait: Wait::default(), is_ready: false }
}

/// The future of [`wait_for`].
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{WaitFor, wait_for};
/// use wasi::clocks::monotonic_clock::subscribe_duration;
///
/// guest_runtime::block_on(async {
///     let waits: [WaitFor; 2] = [wait_for(subscribe_duration(0)), wait_for(subscribe_duration(1_000))];
///     waits.join().await;
/// });
/// ```
#[must_use = "this waits for nothing until it is awaited"]
pub struct WaitFor {
    registration: Registration,
    wait: Wait,
    is_ready: bool,
}

impl Future for WaitFor {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Self { registration, wait, is_ready } = &mut *self;
        *is_ready = *is_ready || registration.poll(wait, context).is_ready();
        if *is_ready { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl fmt::Debug for WaitFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitFor").field("is_ready", &self.is_ready).finish_non_exhaustive()
    }
}
