//! The settings of a parallel iterator.

use std::borrow::Cow;
use std::time::Duration;

use crate::Failure;

/// How items are divided into jobs, and the options of these.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    /// The number of items per job, if it is not measured.
    pub(super) grain: Option<usize>,
    /// The least and the greatest number of items per job, if it is measured.
    pub(super) least: Option<usize>,
    pub(super) most: Option<usize>,
    /// The limit of jobs in flight, if it is not the default.
    pub(super) limit: Option<usize>,
    /// Whether no more results may wait for their turn than jobs may be in flight.
    pub(super) bounded: bool,
    /// How the number of items of a job is chosen.
    pub(super) cut: Cut,
    /// Whether a failure is returned, so that no item may be processed in this instance.
    pub(super) caught: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) memory: Option<u64>,
    pub(super) name: Option<&'static str>,
}

/// Where a piece may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Cut {
    /// After any item.
    #[default]
    Anywhere,
    /// Where a subtree of single items ends.
    Aligned,
    /// Where the number of items says, whatever the grain is.
    Fixed,
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

    /// Returns whether an item may be processed in this instance: never if the program has set how to divide
    /// the items, or what may happen to a job.
    pub(super) fn allows_local(&self) -> bool {
        let free = self.grain.is_none() && self.limit.is_none();
        let plain = self.timeout.is_none() && self.memory.is_none() && self.name.is_none();
        !self.caught && free && plain
    }
}

/// The name of a job that has failed, and its failure.
pub(super) struct Failed {
    pub(super) job: Cow<'static, str>,
    pub(super) failure: Failure,
}
