//! How much of the load of a soak has ended as it should.

use std::sync::atomic::AtomicU64;

/// Counts of what has ended as it should.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) runs: AtomicU64,
    pub(super) undisturbed: AtomicU64,
    pub(super) commands: AtomicU64,
    pub(super) jobs: AtomicU64,
}
