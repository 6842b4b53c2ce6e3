//! From one job to the next within one call of the guest.
//!
//! To end a call of the engine and to begin the next costs more than a small job. So a guest that has a
//! result may ask for the next job, instead of returning: if one waits that needs nothing which this
//! instance and its slot do not have, the guest goes on with it. What holds between two jobs of one
//! instance holds here, too: all that the first has started is gone, and nothing of it is left.

use std::sync::Arc;

use super::State;
use crate::job::call::{self, Claimed, Job};
use crate::job::outcome::Outcome;

impl State {
    /// Takes a job that can begin in the place of the one that runs here and has this many bytes to
    /// leave behind.
    ///
    /// It has to be the very job that the core would start next, of the same tree and as deep: then it may
    /// have the slot. None if there is anything to do about the end of this one.
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
            // None if it has been stopped.
            if let Some(message) = next.claim() {
                return Some((next, message));
            }
        }
    }

    /// Ends the job that runs here with this result, and begins the next. Returns the entry and the message
    /// of that.
    pub(super) fn go_on(&mut self, (next, message): Claimed, result: Outcome) -> (u32, Vec<u8>) {
        self.lines.release();
        if let Some(job) = self.jobs.end() {
            job.finish(result);
        }
        call::tell_start(&next, self.jobs.core(), false);
        self.core.set_job(next.spec.name());
        let entry = next.spec.entry.unwrap_or_default();
        self.begin(&next);
        (entry, message)
    }
}
