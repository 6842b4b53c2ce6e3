//! Futures that wait until an instant.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::timers::{Timer, Timers};

/// The longest wait: 584 years, as many nanoseconds as fit into a `u64`.
const FOREVER: Duration = Duration::from_nanos(u64::MAX);

/// Waits until `duration` has passed since this call.
///
/// The clock is monotonic, so changes of the wall clock have no effect. Durations of any length are supported.
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
/// Dropping the future removes the timer.
pub fn sleep(duration: Duration) -> Sleep {
    sleep_until(after(Instant::now(), duration))
}

/// Waits until `deadline`.
///
/// If the deadline has passed already, all other futures that are ready are polled first.
///
/// # Examples
///
/// ```
/// use guest_runtime::time::sleep_until;
/// use std::time::{Duration, Instant};
///
/// guest_runtime::block_on(async {
///     let deadline = Instant::now() + Duration::from_millis(10);
///     sleep_until(deadline).await;
///     assert!(Instant::now() >= deadline);
///     // The deadline has passed: this waits for one turn only.
///     sleep_until(deadline).await;
/// });
/// ```
///
/// # Cancellation
///
/// As for [`sleep`].
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep { deadline, timer: None }
}

/// Returns the instant after this duration, or one that is never reached.
pub(super) fn after(instant: Instant, duration: Duration) -> Instant {
    instant.checked_add(duration).unwrap_or_else(|| instant + FOREVER)
}

/// The future of [`sleep`] and [`sleep_until`].
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
    deadline: Instant,
    /// Set while this waits.
    timer: Option<Timer>,
}

impl Sleep {
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Timers::have_fired(self.deadline) {
            self.timer = None;
            return Poll::Ready(());
        }
        match &self.timer {
            Some(timer) => timer.update(context.waker()),
            None => self.timer = Some(Timers::insert(self.deadline, context.waker().clone())),
        }
        Poll::Pending
    }
}
