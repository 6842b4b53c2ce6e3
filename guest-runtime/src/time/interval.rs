//! A stream of moments, one period apart.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use futures_core::Stream;

use super::sleep::{Sleep, after, sleep_until};

/// Ticks every `period`, for the first time one `period` after this call.
///
/// The items are the moments that the ticks are meant for, whenever they come. Those are multiples
/// of the period, counted from this call: **a tick that comes late makes no other one late**, so
/// however long the work between two ticks takes, an interval does not drift.
///
/// **Ticks that were missed are left out**: who comes back after several periods gets one tick at
/// once, the last of them, and the next at its time. They do not come in a burst. Who wants to
/// know how many there were subtracts: each item says what it is meant for.
///
/// The stream never ends. For a pause *between* two pieces of work, however long each takes, call
/// [`sleep`](super::sleep()) in a loop.
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
///     // Work that takes four periods, and nothing else happens meanwhile.
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
/// Dropping a future that waits for the next tick loses none: the next one waits for the same.
/// Dropping the stream forgets the timer.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    interval_at(after(Instant::now(), period), period)
}

/// Ticks at `start`, and then every `period`.
///
/// `interval_at(Instant::now(), period)` ticks at once; a `start` of one's own makes several
/// intervals tick together. All else is as with [`interval()`].
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
/// As that of [`interval()`].
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

/// The last tick that is not after `now`, of those from `first` on.
fn last(first: Instant, period: Duration, now: Instant) -> Instant {
    let late = now.saturating_duration_since(first).as_nanos();
    let missed = late / period.as_nanos();
    first + Duration::from_nanos_u128(missed * period.as_nanos())
}
