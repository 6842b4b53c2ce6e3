//! What a core and its guests tell each other.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::clock::Clock;
use super::yielding::Yielding;

/// The state of one core, known to all its guests.
///
/// Everything here happens on one thread. The atomics are for the compiler, which requires that the data of a
/// Store could move to another.
#[derive(Default)]
pub(crate) struct CoreState {
    pub(crate) clock: Clock,
    pub(crate) yielding: Yielding,
    /// How many guests have begun and not ended on this core.
    guests: AtomicUsize,
    /// What an observer calls the job that is polled.
    job: AtomicU64,
}

impl CoreState {
    /// Counts a guest that begins.
    pub(crate) fn enter(&self) {
        self.guests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a guest that has ended.
    pub(crate) fn leave(&self) {
        self.guests.fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns whether there is one guest on this core and no other.
    pub(super) fn is_only_guest(&self) -> bool {
        self.guests.load(Ordering::Relaxed) == 1
    }

    /// Returns what an observer calls the job that is polled. It changes when a guest goes on with another.
    pub(crate) fn job(&self) -> u64 {
        self.job.load(Ordering::Relaxed)
    }

    /// Sets what an observer calls the job that is polled.
    pub(crate) fn set_job(&self, name: u64) {
        self.job.store(name, Ordering::Relaxed);
    }
}
