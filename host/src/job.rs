//! A job: plain data that any core may take, until one has; and the inbox where its parent finds
//! what became of it.
//!
//! A job is in one of four states, and the state word decides every race:
//!
//! ```text
//! waiting ── claim ──► running ── complete ──► completed
//!    │                    │
//!    └────── cancel ──────┴──► cancelled
//! ```
//!
//! A job that is refused completes without ever running. Who makes a step does the work that
//! belongs to it, once: only the core that claimed a job has its message, and only a step to
//! `completed` puts an outcome into the inbox.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::task::AtomicWaker;

pub(crate) use crate::bindings::parallel::futures::types::Failure;

/// What a job leaves behind: its result, or why it has none.
pub(crate) type Outcome = Result<Vec<u8>, Failure>;

const WAITING: u8 = 0;
const RUNNING: u8 = 1;
const COMPLETED: u8 = 2;
const CANCELLED: u8 = 3;

/// One unit of parallel work: an entry and a message.
pub(crate) struct Job {
    /// Names the function to start in; only the app knows which.
    pub(crate) entry: u32,
    /// How the parent calls this job.
    pub(crate) number: u32,
    /// 1 for a job of main, 2 for a job of that, and so on.
    pub(crate) depth: u32,
    state: AtomicU8,
    /// There until the job is claimed or cancelled.
    message: Mutex<Option<Vec<u8>>>,
    /// Woken by `cancel`: whoever runs the job.
    runner: AtomicWaker,
    parent: Arc<Inbox>,
    /// Whether the outcome has come into the inbox. Changes while that is locked.
    has_arrived: AtomicBool,
}

impl Job {
    pub(crate) fn new(entry: u32, message: Vec<u8>, number: u32, depth: u32, parent: Arc<Inbox>) -> Self {
        Self {
            entry,
            number,
            depth,
            state: AtomicU8::new(WAITING),
            message: Mutex::new(Some(message)),
            runner: AtomicWaker::new(),
            parent,
            has_arrived: AtomicBool::new(false),
        }
    }

    /// Takes the job to run it. `None` if it was cancelled.
    pub(crate) fn claim(&self) -> Option<Vec<u8>> {
        self.step(WAITING, RUNNING).then(|| lock(&self.message).take().unwrap_or_default())
    }

    /// Hands the outcome to the parent, unless the job was cancelled.
    pub(crate) fn complete(self: &Arc<Self>, outcome: Outcome) {
        if self.step(RUNNING, COMPLETED) || self.step(WAITING, COMPLETED) {
            self.parent.push(Arc::clone(self), outcome);
        }
    }

    /// Stops the job, wherever it is. An outcome that is in the inbox already stays there.
    pub(crate) fn cancel(&self) {
        if self.step(WAITING, CANCELLED) {
            drop(lock(&self.message).take());
        } else if self.step(RUNNING, CANCELLED) {
            self.runner.wake();
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.state.load(Ordering::Acquire) == CANCELLED
    }

    /// Ready when the job is cancelled.
    pub(crate) fn poll_cancelled(&self, context: &Context<'_>) -> Poll<()> {
        self.runner.register(context.waker());
        if self.is_cancelled() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Ready when the parent has, or had, the outcome, or has cancelled the job.
    ///
    /// Not with the step to `completed`, which is a moment before the inbox has the outcome.
    pub(crate) fn poll_end(&self, context: &Context<'_>) -> Poll<()> {
        let mut contents = lock(&self.parent.contents);
        if self.has_arrived.load(Ordering::Relaxed) || self.is_cancelled() {
            return Poll::Ready(());
        }
        contents.waiters.insert(self.number, context.waker().clone());
        Poll::Pending
    }

    fn step(&self, from: u8, to: u8) -> bool {
        self.state.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Where an instance finds what became of its jobs.
#[derive(Default)]
pub(crate) struct Inbox {
    contents: Mutex<Contents>,
}

#[derive(Default)]
struct Contents {
    outcomes: Vec<(Arc<Job>, Outcome)>,
    /// The instance, while it waits.
    waker: Option<Waker>,
    /// The instance, while it waits for single jobs, by their numbers.
    ///
    /// Here and not in the job, so that one that nobody waits for in this way costs no more than a
    /// look at an empty map. A number may be that of two jobs, one of them cancelled or taken; its
    /// waiter is the same, and looks at both.
    waiters: BTreeMap<u32, Waker>,
}

impl Inbox {
    fn push(&self, job: Arc<Job>, outcome: Outcome) {
        let mut contents = lock(&self.contents);
        job.has_arrived.store(true, Ordering::Relaxed);
        let waiter = contents.waiters.remove(&job.number);
        contents.outcomes.push((job, outcome));
        let waker = contents.waker.take();
        drop(contents);
        waker.into_iter().chain(waiter).for_each(Waker::wake);
    }

    /// Everything that has come in, in the order it came.
    pub(crate) fn take(&self) -> Vec<(Arc<Job>, Outcome)> {
        let mut contents = lock(&self.contents);
        // Who takes does not wait: what is left here is of jobs that were cancelled.
        contents.waiters.clear();
        std::mem::take(&mut contents.outcomes)
    }

    /// Ready while there is something to take.
    pub(crate) fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
        let mut contents = lock(&self.contents);
        if !contents.outcomes.is_empty() {
            return Poll::Ready(());
        }
        match &mut contents.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

/// Locks. What these locks protect is never left half-written, so a panic elsewhere is no reason
/// to stop.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
