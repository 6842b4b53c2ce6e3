//! Waiters and what they wait for: a waiter whose event has happened must have been woken since.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// A waker that records whether it was called since the last poll.
#[derive(Debug, Default)]
pub(crate) struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Bell {
    pub(crate) fn has_rung(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The kinds of waits, each with the job that waits or is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wait {
    /// A parent: for an outcome, or to be asked.
    Any(usize),
    /// A parent: for the end of all its jobs.
    All(usize),
    /// A parent: for the end of single jobs, with one waker for all of them.
    Single(usize),
    /// The core that runs a job: for its stop.
    Stop(usize),
}

/// The waiters, each with the jobs in question.
#[derive(Debug, Default)]
pub(crate) struct Waiters(BTreeMap<Wait, (Arc<Bell>, Vec<usize>)>);

impl Waiters {
    /// Polls with a waker that has not been used yet, and waits if it has to.
    pub(crate) fn wait(
        &mut self,
        wait: Wait,
        jobs: Vec<usize>,
        poll: impl FnOnce(&Context<'_>) -> Poll<()>,
    ) -> bool {
        let bell = Arc::<Bell>::default();
        let is_ready = poll(&Context::from_waker(&Waker::from(Arc::clone(&bell)))).is_ready();
        if is_ready {
            self.0.remove(&wait);
        } else {
            self.0.insert(wait, (bell, jobs));
        }
        is_ready
    }

    pub(crate) fn cancel(&mut self, wait: Wait) {
        self.0.remove(&wait);
    }

    /// Returns the jobs that are waited for in this way.
    pub(crate) fn jobs(&self, wait: Wait) -> Vec<usize> {
        self.0.get(&wait).map(|(_, jobs)| jobs.clone()).unwrap_or_default()
    }

    /// Returns the waiters that have not been woken.
    pub(crate) fn asleep(&self) -> impl Iterator<Item = (Wait, &[usize])> {
        self.0.iter().filter(|(_, (bell, _))| !bell.has_rung()).map(|(&wait, (_, jobs))| (wait, &jobs[..]))
    }
}
