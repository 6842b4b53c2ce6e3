//! Continuing from one job to the next within one call of the guest.
//!
//! Ending a call of the engine and beginning the next one costs more than a small job. So a guest that has a
//! result may ask for the next job instead of returning. If a queued job needs nothing that this instance and
//! its slot do not have, the guest continues with it. The rules between two jobs of one instance hold here,
//! too: all that the first job has started is gone, and nothing of it is left.

use std::sync::Arc;

use super::State;
use crate::job::call::{self, Claimed, Job, Message};
use crate::job::outcome::Outcome;

impl State {
    /// Claims a job that can replace the current one, which leaves a result of this many bytes.
    ///
    /// It must be the very job that the core would start next, of the same tree and depth, so that it may have
    /// the slot. Returns `None` if the end of the current job needs any other work.
    pub(super) fn take_next(&self, bytes: usize) -> Option<Claimed> {
        let (tree, job) = (self.tree(), self.jobs.job()?);
        let is_at_its_end = !job.is_stopping() && self.jobs.children().live() == 0;
        let may_go_on = job.spec.is_plain() && !tree.fresh && !tree.is_short_of_memory();
        if !(is_at_its_end && may_go_on) || bytes > tree.limits.message || self.core.clock.is_turn_over() {
            return None;
        }
        let is_fit = |next: &Arc<Job>| {
            next.spec.is_plain() && next.spec.depth == job.spec.depth && next.tree().id == tree.id
        };
        loop {
            let next = self.jobs.scheduler().take_first_if(self.jobs.core(), tree.id, is_fit)?;
            // Claiming fails if the job has been stopped.
            if let Some(Message::Bytes(message)) = next.claim() {
                return Some((next, message));
            }
        }
    }

    /// Ends the current job with this result, and begins the next one. Returns the entry and the message of the
    /// next one.
    pub(super) fn go_on(&mut self, (next, message): Claimed, result: Outcome) -> (u32, Vec<u8>) {
        self.lines.release();
        if let Some(job) = self.end() {
            job.finish(result);
        }
        call::tell_start(&next, self.jobs.core(), false);
        self.core.set_job(next.spec.name());
        let entry = next.spec.target.entry().unwrap_or_default();
        self.begin(&next);
        (entry, message)
    }
}
