//! What the guests of a core and the core itself tell each other.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Of one core, and known to all its guests.
///
/// Everything here happens on one thread. The atomics are for the compiler, which asks of the data of
/// a Store that it could move.
pub(crate) struct Gauge {
    /// How many guests have begun and not ended on this core.
    guests: AtomicUsize,
    /// How often a guest was polled, so that a guest can tell whether it still is the same time.
    polls: AtomicU64,
    /// Set by a guest that gives way, for the core, which cannot tell that from waiting.
    gave_way: AtomicBool,
    /// What an observer calls the job that is polled.
    name: AtomicU64,
    /// When the clock of this core began.
    since: Instant,
    /// By that clock, in nanoseconds, when the turn is over in which the core starts jobs.
    end_of_turn: AtomicU64,
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            guests: AtomicUsize::new(0),
            polls: AtomicU64::new(0),
            gave_way: AtomicBool::new(false),
            name: AtomicU64::new(0),
            since: Instant::now(),
            end_of_turn: AtomicU64::new(0),
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

    /// Said before a guest is polled.
    pub(crate) fn before_poll(&self) {
        self.polls.store(self.polls() + 1, Ordering::Relaxed);
    }

    pub(super) fn polls(&self) -> u64 {
        self.polls.load(Ordering::Relaxed)
    }

    /// What an observer calls the job that is polled. It changes when a guest goes on with another.
    pub(crate) fn name(&self) -> u64 {
        self.name.load(Ordering::Relaxed)
    }

    pub(crate) fn set_name(&self, name: u64) {
        self.name.store(name, Ordering::Relaxed);
    }

    pub(super) fn give_way(&self) {
        self.gave_way.store(true, Ordering::Relaxed);
    }

    /// Whether the guest that is polled now has given way.
    pub(crate) fn has_given_way(&self) -> bool {
        self.gave_way.load(Ordering::Relaxed)
    }

    /// Whether the guest that was just polled has given way; asked once each time.
    pub(crate) fn take_gave_way(&self) -> bool {
        self.gave_way.load(Ordering::Relaxed) && self.gave_way.swap(false, Ordering::Relaxed)
    }

    /// The core starts jobs for so long from now on.
    pub(crate) fn begin_turn(&self, turn: Duration) {
        self.end_of_turn.store(self.now().saturating_add(nanoseconds(turn)), Ordering::Relaxed);
    }

    /// Whether the core has started jobs for long enough, and is to look at its guests.
    pub(crate) fn is_turn_over(&self) -> bool {
        self.now() >= self.end_of_turn.load(Ordering::Relaxed)
    }

    fn now(&self) -> u64 {
        nanoseconds(self.since.elapsed())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
