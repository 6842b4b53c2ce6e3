//! Tracks whether any run of this process uses more than half of its memory, so that free memory goes back to
//! the system.
//!
//! An allocator keeps freed memory to reuse it, and no account includes that memory. While a run uses less than
//! half of its limit, this is acceptable: both together are within the limit. Above that, freed memory must go
//! back to the system, or the run could take more than its limit.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// How many runs are short of memory.
static RUNS: AtomicUsize = AtomicUsize::new(0);

/// How many bytes were freed by runs that are short of memory.
static FREED: AtomicU64 = AtomicU64::new(0);

/// Gives the memory that the allocator keeps for the calling thread back to the system.
static TRIM: OnceLock<fn()> = OnceLock::new();

/// The allocator is trimmed each time that this many bytes have been freed.
const EVERY: u64 = 8 << 20;

pub(super) fn begins() {
    RUNS.fetch_add(1, Ordering::Relaxed);
    // The allocator also keeps what was freed before, so a trim is due now.
    FREED.fetch_add(EVERY, Ordering::Relaxed);
}

pub(super) fn ends() {
    RUNS.fetch_sub(1, Ordering::Relaxed);
}

/// Records that a run that is short of memory has freed this many bytes.
pub(super) fn freed(bytes: u64) {
    FREED.fetch_add(bytes, Ordering::Relaxed);
}

/// Tells a thread when to trim what its allocator keeps.
#[derive(Debug)]
pub(crate) struct Trims(u64);

impl Trims {
    /// Creates a record for which only later trims are due.
    pub(crate) fn new() -> Self {
        Self(round())
    }

    /// Returns whether a trim has become due since the last call.
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
/// While this is so, an allocator that keeps freed memory should give large blocks back to the system, as the
/// allocator of the `host` command does. Otherwise a run may take more than its
/// [`memory`](crate::Limits::memory) from the system: what it uses, and what the allocator keeps. For small
/// blocks, use [`trim_with`].
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

/// Sets the function that gives the free memory of the calling thread back to the system.
///
/// Every core calls it now and then while a run is short of memory. Without it, an allocator that keeps free
/// memory for each thread may keep much of what a run has freed. Only the first call in a process has an
/// effect.
///
/// # Examples
///
/// ```
/// host::trim_with(|| { /* what the allocator has for this */ });
/// ```
pub fn trim_with(trim: fn()) {
    _ = TRIM.set(trim);
}
