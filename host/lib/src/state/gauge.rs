//! What the guests of a core and the core itself tell each other.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

/// Of one core, and known to all its guests.
///
/// Everything here happens on one thread. The atomics are for the compiler, which asks of the data of
/// a Store that it could move.
pub(crate) struct Gauge {
    /// How many guests have begun and not ended on this core.
    guests: AtomicUsize,
    /// Whether the guest that is polled may go on computing after it has given way.
    has_turn: AtomicBool,
    /// Set by a guest that gives way, for the core, which cannot tell that from waiting.
    gave_way: AtomicBool,
    /// What an observer calls the job that is polled.
    name: AtomicU64,
    /// When the clock of this core began.
    since: Instant,
    /// By that clock, in nanoseconds, when the turn is over in which the core starts jobs.
    end_of_turn: AtomicU64,
    /// What the clock said when the core, or a guest between two jobs, last looked at it.
    noted: AtomicU64,
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            guests: AtomicUsize::new(0),
            has_turn: AtomicBool::new(false),
            gave_way: AtomicBool::new(false),
            name: AtomicU64::new(0),
            since: Instant::now(),
            end_of_turn: AtomicU64::new(0),
            noted: AtomicU64::new(0),
        }
    }
}

impl Gauge {
    pub(crate) fn enter(&self) {
        self.guests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn leave(&self) {
        self.guests.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether there is only one guest.
    pub(super) fn is_alone(&self) -> bool {
        self.guests.load(Ordering::Relaxed) == 1
    }

    /// Said before a guest is polled: whether it may go on if it has given way.
    pub(crate) fn set_turn(&self, has_turn: bool) {
        self.has_turn.store(has_turn, Ordering::Relaxed);
    }

    /// What an observer calls the job that is polled. It changes when a guest goes on with another.
    pub(crate) fn name(&self) -> u64 {
        self.name.load(Ordering::Relaxed)
    }

    pub(crate) fn set_name(&self, name: u64) {
        self.name.store(name, Ordering::Relaxed);
    }

    /// Gives way, until the guest is polled with the turn to compute. It wakes nobody: the core knows.
    pub(super) async fn give_way(&self) {
        let mut is_first = true;
        poll_fn(|_| {
            if !std::mem::take(&mut is_first) && self.has_turn.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            self.gave_way.store(true, Ordering::Relaxed);
            Poll::Pending
        })
        .await;
    }

    /// Whether the guest that is polled now has given way.
    pub(crate) fn has_given_way(&self) -> bool {
        self.gave_way.load(Ordering::Relaxed)
    }

    /// Whether the guest that was just polled has given way; asked once each time.
    pub(crate) fn take_gave_way(&self) -> bool {
        self.gave_way.load(Ordering::Relaxed) && self.gave_way.swap(false, Ordering::Relaxed)
    }

    /// The core starts jobs for so many nanoseconds from now on. Returns what the clock says.
    pub(crate) fn begin_turn(&self, turn: u64) -> u64 {
        let now = self.note();
        self.end_of_turn.store(now.saturating_add(turn), Ordering::Relaxed);
        now
    }

    /// Whether the core has started jobs for long enough, and is to look at its guests.
    pub(crate) fn is_turn_over(&self) -> bool {
        self.note() >= self.end_of_turn.load(Ordering::Relaxed)
    }

    /// Looks at the clock of this core, in nanoseconds, and notes what it says.
    pub(crate) fn note(&self) -> u64 {
        let now = nanoseconds(self.since.elapsed());
        self.noted.store(now, Ordering::Relaxed);
        now
    }

    /// What the clock said when it was last noted.
    pub(crate) fn noted(&self) -> u64 {
        self.noted.load(Ordering::Relaxed)
    }

    /// How long ago that was.
    pub(super) fn since_noted(&self) -> u64 {
        nanoseconds(self.since.elapsed()).saturating_sub(self.noted())
    }
}

/// A time in nanoseconds, which are enough for 500 years.
pub(crate) const fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}
