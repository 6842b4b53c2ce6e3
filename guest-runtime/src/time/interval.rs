//! A stream of ticks, one period apart.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_core::Stream;

use super::sleep::{Sleep, after, sleep_until};

/// Returns a stream that ticks every `period`, first one `period` after this call.
///
/// Each item is the instant at which its tick is due, a multiple of the period counted from this call. **A late
/// tick does not delay the next one**, so an interval does not drift, however long the work between two ticks
/// takes.
///
/// **Missed ticks are skipped**: after several periods without a poll, the stream returns the last due tick at
/// once, and the next one on time. Missed ticks do not come in a burst. The difference of two items shows how
/// many were missed.
///
/// The stream never ends. For a pause *between* two pieces of work, call [`sleep`](super::sleep()) in a loop.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::time::interval;
/// use std::time::{Duration, Instant};
///
/// guest_runtime::block_on(async {
///     let period = Duration::from_millis(5);
///     let mut ticks = interval(period);
///     let first = ticks.next().await.expect("an interval never ends");
///     assert!(Instant::now() >= first);
///
///     // Work that takes four periods, and blocks the instance.
///     std::thread::sleep(4 * period);
///     let second = ticks.next().await.expect("an interval never ends");
///     assert!(second >= first + 4 * period);
///     assert_eq!((second - first).as_nanos() % period.as_nanos(), 0);
/// });
/// ```
///
/// # Panics
///
/// If `period` is zero.
///
/// # Cancellation
///
/// Dropping a future that waits for the next tick loses no tick. Dropping the stream removes the timer.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(after(Instant::now(), period), period)
}

/// Returns a stream that ticks at `start`, and then every `period`.
///
/// `interval_at(Instant::now(), period)` ticks at once. Intervals with the same `start` and `period` tick
/// together. Otherwise it is like [`interval()`].
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::time::interval_at;
/// use std::time::{Duration, Instant};
///
/// guest_runtime::block_on(async {
///     let start = Instant::now();
///     let mut ticks = interval_at(start, Duration::from_secs(3600));
///     assert_eq!(ticks.next().await, Some(start));
/// });
/// ```
///
/// # Panics
///
/// If `period` is zero.
///
/// # Cancellation
///
/// As for [`interval()`].
#[track_caller]
pub fn interval_at(start: Instant, period: Duration) -> Interval {
    assert!(!period.is_zero(), "the period of an interval is zero: there is no time between two ticks");
    Interval { next: sleep_until(start), period }
}

/// The stream of [`interval()`] and [`interval_at`].
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::time::{Interval, interval};
/// use std::time::Duration;
///
/// async fn count(ticks: Interval, most: usize) -> usize {
///     ticks.take(most).count().await
/// }
///
/// assert_eq!(guest_runtime::block_on(count(interval(Duration::from_millis(1)), 3)), 3);
/// ```
#[derive(Debug)]
#[must_use = "an interval does nothing until it is polled"]
pub struct Interval {
    next: Sleep,
    period: Duration,
}

impl Stream for Interval {
    type Item = Instant;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Instant>> {
        ready!(Pin::new(&mut self.next).poll(context));
        let tick = last(self.next.deadline(), self.period, Instant::now());
        self.next = sleep_until(after(tick, self.period));
        Poll::Ready(Some(tick))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (usize::MAX, None)
    }
}

/// Returns the last tick that is not after `now`, of those from `first` on.
fn last(first: Instant, period: Duration, now: Instant) -> Instant {
    let late = now.saturating_duration_since(first).as_nanos();
    let missed = late / period.as_nanos();
    first + Duration::from_nanos_u128(missed * period.as_nanos())
}
