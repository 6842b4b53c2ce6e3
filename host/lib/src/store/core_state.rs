//! The state that a core and its guests share.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::clock::Clock;
use super::yielding::Yielding;

/// The state of one core, shared with all its guests.
///
/// Only one thread uses it. The atomics are for the compiler, which requires that the data of a Store may move
/// to another thread.
#[derive(Default)]
pub(crate) struct CoreState {
    pub(crate) clock: Clock,
    pub(crate) yielding: Yielding,
    /// How many guests have begun on this core and not ended.
    guests: AtomicUsize,
    /// How many tasks of the host are on this core.
    tasks: AtomicUsize,
    /// The name under which an observer knows the job that is polled.
    job: AtomicU64,
    /// The kind of the job that is polled, or `NO_KIND`.
    kind: AtomicU64,
}

/// In place of the kind of main.
const NO_KIND: u64 = u64::MAX;

impl CoreState {
    /// Counts a guest that begins.
    pub(crate) fn enter(&self) {
        self.guests.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a guest that has ended.
    pub(crate) fn leave(&self) {
        self.guests.fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns whether exactly one guest is on this core, and no task of the host.
    pub(super) fn is_only_guest(&self) -> bool {
        self.guests.load(Ordering::Relaxed) == 1 && self.tasks() == 0
    }

    /// Counts a task of the host that begins. May be called on any thread.
    pub(crate) fn begin_task(&self) {
        self.tasks.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a task that has ended. May be called on any thread.
    pub(crate) fn end_task(&self) {
        self.tasks.fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns how many tasks of the host are on this core.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.load(Ordering::Relaxed)
    }

    /// Returns the observer's name of the job that is polled. It changes when a guest continues with another
    /// job.
    pub(crate) fn job(&self) -> u64 {
        self.job.load(Ordering::Relaxed)
    }

    /// Sets the observer's name of the job that is polled.
    pub(crate) fn set_job(&self, name: u64) {
        self.job.store(name, Ordering::Relaxed);
    }

    /// Returns the kind of the job that is polled: its entry, or `None` for main. It changes when a guest
    /// continues with another job.
    pub(crate) fn kind(&self) -> Option<u32> {
        u32::try_from(self.kind.load(Ordering::Relaxed)).ok()
    }

    /// Sets the kind of the job that is polled.
    pub(crate) fn set_kind(&self, kind: Option<u32>) {
        self.kind.store(kind.map_or(NO_KIND, u64::from), Ordering::Relaxed);
    }
}
