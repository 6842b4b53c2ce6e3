//! The clock of a core: its last reading, and the end of the turn in which the core starts jobs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A clock in nanoseconds, read once for several decisions.
pub(crate) struct Clock {
    since: Instant,
    /// The last reading, by the core or by a guest between two jobs.
    noted: AtomicU64,
    end_of_turn: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { since: Instant::now(), noted: AtomicU64::new(0), end_of_turn: AtomicU64::new(0) }
    }
}

impl Clock {
    /// Reads the clock, and stores the reading.
    pub(crate) fn note(&self) -> u64 {
        let now = nanoseconds(self.since.elapsed());
        self.noted.store(now, Ordering::Relaxed);
        now
    }

    /// Returns the last reading.
    pub(crate) fn noted(&self) -> u64 {
        self.noted.load(Ordering::Relaxed)
    }

    /// Returns the time since the last reading.
    pub(super) fn since_noted(&self) -> u64 {
        nanoseconds(self.since.elapsed()).saturating_sub(self.noted())
    }

    /// Begins a turn of this many nanoseconds, in which the core starts jobs. Returns the current time.
    pub(crate) fn begin_turn(&self, turn: u64) -> u64 {
        let now = self.note();
        self.end_of_turn.store(now.saturating_add(turn), Ordering::Relaxed);
        now
    }

    /// Returns whether the core has started jobs for long enough, and must poll its guests.
    pub(crate) fn is_turn_over(&self) -> bool {
        self.note() >= self.end_of_turn.load(Ordering::Relaxed)
    }
}

/// Converts a time to nanoseconds. A `u64` holds 500 years of them.
pub(crate) const fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}
