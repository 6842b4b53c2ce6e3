//! Whether any run of this process has used more than half of what it may, and that free memory is to go back to
//! the system then.
//!
//! An allocator keeps what is freed, to give it out again sooner. That is in no account, and need not be as long
//! as runs use little: together both are within the limit. What is freed when a run is short of memory has to
//! go back to the system, or the run would have it twice.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How many runs are short of memory.
static RUNS: AtomicUsize = AtomicUsize::new(0);

/// How many bytes were freed by such.
static FREED: AtomicU64 = AtomicU64::new(0);

/// Gives back to the system what the allocator keeps for the thread that calls this.
static TRIM: OnceLock<fn()> = OnceLock::new();

/// So many bytes are freed from one time to the next that the allocator is trimmed.
const EVERY: u64 = 8 << 20;

pub(super) fn begins() {
    RUNS.fetch_add(1, Ordering::Relaxed);
    // What was freed before is kept, too.
    FREED.fetch_add(EVERY, Ordering::Relaxed);
}

pub(super) fn ends() {
    RUNS.fetch_sub(1, Ordering::Relaxed);
}

/// A run that is short of memory has freed so much.
pub(super) fn freed(bytes: u64) {
    FREED.fetch_add(bytes, Ordering::Relaxed);
}

/// The times that every thread is to trim what its allocator keeps.
#[derive(Debug)]
pub(crate) struct Trims(u64);

impl Trims {
    /// Those from now on.
    pub(crate) fn new() -> Self {
        Self(round())
    }

    /// Returns whether there was another since the last call.
    pub(crate) fn is_due(&mut self) -> bool {
        let round = round();
        std::mem::replace(&mut self.0, round) != round
    }
}

fn round() -> u64 {
    FREED.load(Ordering::Relaxed) / EVERY
}

/// Trims what the allocator keeps for this thread.
pub(crate) fn trim() {
    if let Some(trim) = TRIM.get() {
        trim();
    }
}

/// Returns whether any run of this process uses more than half of the memory that it may have.
///
/// An allocator that keeps freed memory should give large blocks back to the system while this is so, as that
/// of the `host` command does. Otherwise a run may take more than its [`memory`](crate::Limits::memory) from
/// the system: what it uses, and what the allocator keeps. For small blocks there is [`trim_with`].
///
/// # Examples
///
/// ```
/// assert!(!host::is_short_of_memory(), "nothing runs");
/// ```
#[must_use]
pub fn is_short_of_memory() -> bool {
    RUNS.load(Ordering::Relaxed) > 0
}

/// Sets what gives the free memory of a thread back to the system: every core calls it now and then while
/// a run is short of memory. Without it, an allocator that keeps free memory for each thread may keep much of
/// what a run has freed. The first call in a process counts.
///
/// # Examples
///
/// ```
/// host::trim_with(|| { /* what the allocator has for this */ });
/// ```
pub fn trim_with(trim: fn()) {
    _ = TRIM.set(trim);
}
