//! What a program may say of how its items are worked on.

use crate::Failure;

/// What a program may say of how its items are worked on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    /// How many items go into a job.
    pub(super) grain: Option<usize>,
    /// How many jobs may be under way.
    pub(super) limit: Option<usize>,
    /// Whether no more results may wait for their turn than jobs may be under way.
    pub(super) bounded: bool,
    /// Whether jobs must end where a subtree ends.
    pub(super) aligned: bool,
    /// Whether a failure is a value, so that no item may be worked on here.
    pub(super) caught: bool,
}

impl Plan {
    #[track_caller]
    pub(super) fn set_grain(&mut self, items: usize) {
        assert!(items > 0, "a job has to have at least one item");
        self.grain = Some(items);
    }

    #[track_caller]
    pub(super) fn set_limit(&mut self, jobs: usize) {
        assert!(jobs > 0, "at least one job has to be under way");
        self.limit = Some(jobs);
    }
}

/// Which work has failed, and why.
pub(super) struct Failed {
    pub(super) job: &'static str,
    pub(super) failure: Failure,
}
