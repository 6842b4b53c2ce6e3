//! Timers: [`sleep`] and [`timeout()`].
//!
//! All timers of an instance share one pollable, that of the nearest deadline, so ten thousand
//! sleeping futures cost a turn of the reactor no more than one does.

mod timeout;
mod timers;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

pub use timeout::{Elapsed, Timeout, timeout};

use timers::{Timer, Timers};

/// Waits until `duration` has passed since this call.
///
/// The clock is the monotonic one: a change of the wall clock changes nothing. A duration beyond
/// 584 years is as good as for ever.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::time::sleep;
/// use std::time::{Duration, Instant};
///
/// guest_runtime::block_on(async {
///     let start = Instant::now();
///     // Two sleeps at the same time take as long as the longer one.
///     (sleep(Duration::from_millis(10)), sleep(Duration::from_millis(20))).join().await;
///     assert!(start.elapsed() >= Duration::from_millis(20));
/// });
/// ```
///
/// # Cancellation
///
/// Dropping the future forgets the timer. There is nothing else to undo.
pub fn sleep(duration: Duration) -> Sleep {
    let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    Sleep { deadline: timers::now().saturating_add(nanos), timer: None }
}

/// The future of [`sleep`].
///
/// # Examples
///
/// ```
/// use guest_runtime::time::{Sleep, sleep};
/// use std::time::Duration;
///
/// guest_runtime::block_on(async {
///     let mut nap: Sleep = sleep(Duration::from_millis(1));
///     (&mut nap).await;
/// });
/// ```
#[derive(Debug)]
#[must_use = "a sleep does nothing until it is awaited"]
pub struct Sleep {
    /// In nanoseconds of the monotonic clock.
    deadline: u64,
    /// Set while somebody waits.
    timer: Option<Timer>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline;
        match &mut self.timer {
            // The clock is only read when a timer of this deadline may have fired.
            Some(timer) if !timer.has_fired() => timer.update(context.waker()),
            Some(_) => {
                self.timer = None;
                return Poll::Ready(());
            }
            None if timers::now() >= deadline => return Poll::Ready(()),
            None => self.timer = Some(Timers::insert(deadline, context.waker().clone())),
        }
        Poll::Pending
    }
}
