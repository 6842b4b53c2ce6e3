//! Counts what has ended correctly in a soak test.

use std::sync::atomic::AtomicU64;

/// The numbers of runs and commands that have ended correctly.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) runs: AtomicU64,
    pub(super) undisturbed: AtomicU64,
    pub(super) commands: AtomicU64,
    pub(super) jobs: AtomicU64,
}
