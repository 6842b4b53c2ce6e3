//! The clock of a core: what it said last, and when the turn is over in which the core starts jobs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A clock in nanoseconds, read once for several decisions.
pub(crate) struct Clock {
    since: Instant,
    /// What it said when the core, or a guest between two jobs, last looked at it.
    noted: AtomicU64,
    end_of_turn: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { since: Instant::now(), noted: AtomicU64::new(0), end_of_turn: AtomicU64::new(0) }
    }
}

impl Clock {
    /// Reads the clock, and notes what it says.
    pub(crate) fn note(&self) -> u64 {
        let now = nanoseconds(self.since.elapsed());
        self.noted.store(now, Ordering::Relaxed);
        now
    }

    /// Returns what it said when it was last noted.
    pub(crate) fn noted(&self) -> u64 {
        self.noted.load(Ordering::Relaxed)
    }

    /// Returns how long ago that was.
    pub(super) fn since_noted(&self) -> u64 {
        nanoseconds(self.since.elapsed()).saturating_sub(self.noted())
    }

    /// Begins a turn of so many nanoseconds, in which the core starts jobs. Returns the time.
    pub(crate) fn begin_turn(&self, turn: u64) -> u64 {
        let now = self.note();
        self.end_of_turn.store(now.saturating_add(turn), Ordering::Relaxed);
        now
    }

    /// Returns whether the core has started jobs for long enough, and is to look at its guests.
    pub(crate) fn is_turn_over(&self) -> bool {
        self.note() >= self.end_of_turn.load(Ordering::Relaxed)
    }
}

/// Returns a time in nanoseconds, which are enough for 500 years.
pub(crate) const fn nanoseconds(time: Duration) -> u64 {
    time.as_nanos() as u64
}
