//! The timeline of a run, built from its records: each job from its start in the parent to its end, with the
//! slices of time in which it had its core.

use std::ops::Range;
use std::sync::Arc;

use super::records::{All, Moment, Submission, What};
use crate::observe::event::End;

/// A run, as it is drawn. Times are in nanoseconds since it began.
#[derive(Debug)]
pub(super) struct Timeline {
    pub(super) app: String,
    pub(super) cores: usize,
    /// The timeline is complete up to this time.
    pub(super) until: u64,
    /// The number of later events, which were left out.
    pub(super) left_out: u64,
    /// Sorted by their numbers.
    pub(super) jobs: Vec<JobSpan>,
    slices: Vec<Slice>,
}

/// The history of a job.
#[derive(Debug)]
pub(super) struct JobSpan {
    pub(super) job: u64,
    pub(super) parent: u64,
    pub(super) name: Arc<str>,
    pub(super) depth: u32,
    pub(super) bytes: u32,
    pub(super) submitted: u64,
    /// `None` if it never began.
    pub(super) began: Option<Begin>,
    /// When it was first asked to stop.
    pub(super) stopping: Option<u64>,
    /// When and how it ended; `None` if that was not recorded.
    pub(super) end: Option<(u64, End)>,
    slices: Range<usize>,
}

/// Where and when a job began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Begin {
    pub(super) at: u64,
    pub(super) core: u16,
    /// Whether a new instance was created for it.
    pub(super) fresh: bool,
}

/// A time span in which a job had its core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) from: u64,
    pub(super) to: u64,
    /// Whether the job yielded, and could have continued.
    pub(super) yielded: bool,
}

impl Timeline {
    pub(super) fn of(app: &str, cores: usize, all: All) -> Self {
        let All { mut submissions, mut moments, until, left_out } = all;
        submissions.sort_unstable_by_key(|(submission, _)| submission.job);
        moments.sort_unstable_by_key(|moment| (moment.job, moment.at, moment.what));
        let mut timeline =
            Self { app: app.to_owned(), cores, until, left_out, jobs: Vec::new(), slices: Vec::new() };
        let mut rest = &moments[..];
        for (submission, name) in submissions {
            // A job whose start was left out is not drawn.
            rest = &rest[rest.partition_point(|moment| moment.job < submission.job)..];
            let own = rest.partition_point(|moment| moment.job == submission.job);
            let job = timeline.live(&submission, name, &rest[..own]);
            timeline.jobs.push(job);
        }
        // Nothing happens after the end of a run.
        let last = timeline
            .jobs
            .iter()
            .map(|job| job.end.map(|(at, _)| at))
            .max_by_key(|end| end.unwrap_or(u64::MAX));
        timeline.until = last.flatten().unwrap_or(until);
        timeline
    }

    fn live(&mut self, submission: &Submission, name: Arc<str>, moments: &[Moment]) -> JobSpan {
        let &Submission { at, job, parent, bytes, depth, .. } = submission;
        let (mut began, mut stopping, mut end) = (None, None, None);
        let (first, mut since) = (self.slices.len(), None);
        for &Moment { at, what, .. } in moments {
            let yielded = match what {
                What::Started { core, fresh } => {
                    began = Some(Begin { at, core, fresh });
                    since = Some(at);
                    continue;
                }
                What::Resumed => {
                    since = Some(at);
                    continue;
                }
                What::Stopping => {
                    stopping = stopping.or(Some(at));
                    continue;
                }
                What::Suspended { yielded } => yielded,
                What::Finished(how) => {
                    end = Some((at, how));
                    false
                }
            };
            self.slices.extend(since.take().map(|from| Slice { from, to: at, yielded }));
        }
        // The job still has its core.
        self.slices.extend(since.map(|from| Slice { from, to: self.until, yielded: false }));
        let slices = first..self.slices.len();
        JobSpan { job, parent, name, depth, bytes, submitted: at, began, stopping, end, slices }
    }

    /// Returns the times at which a job had its core, in order.
    pub(super) fn slices(&self, job: &JobSpan) -> &[Slice] {
        &self.slices[job.slices.clone()]
    }

    /// Returns the job with this number.
    pub(super) fn get(&self, job: u64) -> Option<&JobSpan> {
        self.jobs.binary_search_by_key(&job, |job| job.job).ok().map(|index| &self.jobs[index])
    }

    /// Returns when a job ended, or the last known time.
    pub(super) fn end(&self, job: &JobSpan) -> u64 {
        job.end.map_or(self.until, |(at, _)| at)
    }

    /// Returns a note that events were left out, if any were.
    pub(super) fn note(&self) -> Option<String> {
        let seconds = self.until as f64 / 1e9;
        (self.left_out > 0).then(|| {
            format!("only the first {seconds:.3} s are kept: {} later events were left out", self.left_out)
        })
    }
}
