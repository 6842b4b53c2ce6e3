//! The settings of a parallel iterator.

use crate::Failure;

/// How items are divided into jobs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    /// The number of items per job, if it is not measured.
    pub(super) grain: Option<usize>,
    /// The limit of jobs in flight, if it is not the default.
    pub(super) limit: Option<usize>,
    /// Whether no more results may wait for their turn than jobs may be in flight.
    pub(super) bounded: bool,
    /// Whether jobs must end where a subtree ends.
    pub(super) aligned: bool,
    /// Whether a failure is returned, so that no item may be processed in this instance.
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
        assert!(jobs > 0, "at least one job has to be in flight");
        self.limit = Some(jobs);
    }
}

/// The name of a job that has failed, and its failure.
pub(super) struct Failed {
    pub(super) job: &'static str,
    pub(super) failure: Failure,
}
