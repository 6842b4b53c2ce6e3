//! A job: plain data that any core may take, until one has.
//!
//! ```text
//! waiting ── claim ──► running ──────────── finish ──► ended
//!    │                    └── stop ──► stopping ── finish ──┘
//!    └───────────────────────── stop ───────────────────────┘
//! ```
//!
//! One lock decides every race. Who makes a step does the work that belongs to it, once: only who
//! claimed a job has its message, and only the step to the end tells its parent.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::children::Children;
use crate::kind::{JobKind, Queued};
use crate::sync::{AtomicBool, AtomicWaker, Mutex, Ordering, lock, planted};

/// One unit of parallel work.
pub struct Job<W: JobKind> {
    /// What is to be done.
    pub spec: W::Spec,
    /// How the parent calls this job.
    number: u32,
    pub(super) parent: Arc<Children<W>>,
    step: Mutex<Step<W>>,
    /// Whether the step is `Stopping`, to be read without the lock.
    is_stopping: AtomicBool,
    /// Whether the step is `Ended`, to be read without the lock.
    is_ended: AtomicBool,
    /// Woken by a stop: whoever runs the job.
    runner: AtomicWaker,
    /// Whether the parent knows of the end. Changes while its children are locked.
    pub(super) is_gone: AtomicBool,
}

enum Step<W: JobKind> {
    Waiting(W::Message),
    /// With what it starts, when there is a place for that.
    Running(Option<Arc<Children<W>>>),
    Stopping(Stop<W>, Option<Arc<Children<W>>>),
    Ended,
}

/// That a job is to stop, why, and by when.
pub struct Stop<W: JobKind> {
    /// What to tell of it, if anything.
    pub reason: W::Reason,
    /// From then on nobody waits for the job to stop by itself.
    pub deadline: W::Moment,
}

impl<W: JobKind> Job<W> {
    pub(super) fn new(spec: W::Spec, message: W::Message, number: u32, parent: Arc<Children<W>>) -> Self {
        Self {
            spec,
            number,
            parent,
            step: Mutex::new(Step::Waiting(message)),
            is_stopping: AtomicBool::new(false),
            is_ended: AtomicBool::new(false),
            runner: AtomicWaker::new(),
            is_gone: AtomicBool::new(false),
        }
    }

    /// What all jobs of this parent have in common.
    pub fn tree(&self) -> &W::Tree {
        self.parent.tree()
    }

    /// How the parent calls this job, until it has taken its outcome or forgotten it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Takes the job to run it. `None` if it has been stopped, or taken.
    pub fn claim(&self) -> Option<W::Message> {
        let mut step = lock(&self.step);
        match std::mem::replace(&mut *step, Step::Running(None)) {
            Step::Waiting(message) => Some(message),
            other => {
                *step = other;
                None
            }
        }
    }

    /// Says where the jobs are that this one starts, while it runs: whoever stops it stops those, too.
    pub fn adopt(&self, jobs: &Arc<Children<W>>) {
        if let Step::Running(children) | Step::Stopping(_, children) = &mut *lock(&self.step) {
            *children = Some(Arc::clone(jobs));
        }
    }

    /// What the job has started, while it runs, if there is a place for that.
    pub fn adopted(&self) -> Option<Arc<Children<W>>> {
        match &*lock(&self.step) {
            Step::Running(children) | Step::Stopping(_, children) => children.clone(),
            Step::Waiting(_) | Step::Ended => None,
        }
    }

    /// The end of a job that ran, or never will: hands the outcome to the parent.
    ///
    /// Whoever ran it calls this when all that it used has been given back, and all that it started
    /// is gone. A job that was to stop tells the reason for that instead.
    pub fn finish(self: &Arc<Self>, outcome: W::Outcome) {
        let outcome = match self.end() {
            Step::Waiting(_) | Step::Running(_) => Some(outcome),
            Step::Stopping(stop, _) => W::stopped(&self.spec, stop.reason),
            Step::Ended => return,
        };
        self.parent.ended(self, outcome);
    }

    /// Stops the job, wherever it is, and what it has started. One that has ended has ended.
    ///
    /// Of several stops the first says why, and the earliest until when. All of the tree is told at
    /// once: if each job told its own, a busy core would have to come round to it first, for every
    /// level of the tree.
    pub fn stop(self: &Arc<Self>, stop: Stop<W>) {
        let mut step = lock(&self.step);
        match &mut *step {
            Step::Waiting(_) => {
                let waiting = std::mem::replace(&mut *step, Step::Ended);
                self.is_ended.store(true, Ordering::Release);
                drop(step);
                drop(waiting);
                self.parent.ended(self, W::stopped(&self.spec, stop.reason));
                return;
            }
            Step::Running(children) => *step = Step::Stopping(stop, children.take()),
            Step::Stopping(before, _) if stop.deadline < before.deadline => before.deadline = stop.deadline,
            // All below has been told, and those that came later are stopped by whoever runs this.
            Step::Stopping(..) | Step::Ended => return,
        }
        // Looked up while it cannot end: afterwards they may be those of another job.
        let children = match &*step {
            Step::Stopping(_, Some(children)) => children.jobs(),
            _ => Vec::new(),
        };
        self.is_stopping.store(true, Ordering::Release);
        drop(step);
        if !planted("quiet-stop") {
            self.runner.wake();
        }
        let stop = Stop { reason: W::forgotten(), deadline: stop.deadline };
        children.iter().for_each(|child| child.stop(stop));
    }

    /// Whether the job runs and is to stop. Costs next to nothing.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// By when the job is to have stopped, if it is to stop.
    pub fn stop_deadline(&self) -> Option<W::Moment> {
        match &*lock(&self.step) {
            Step::Stopping(stop, _) => Some(stop.deadline),
            Step::Waiting(_) | Step::Running(_) | Step::Ended => None,
        }
    }

    /// Ready when the job is to stop. Called by whoever runs it; wakes them also when the deadline
    /// changes.
    pub fn poll_stopping(&self, context: &Context<'_>) -> Poll<()> {
        self.runner.register(context.waker());
        if self.is_stopping() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Ready when the job is gone, for the parent.
    pub fn poll_gone(&self, context: &Context<'_>) -> Poll<()> {
        self.parent.poll_gone(self, context)
    }

    fn end(&self) -> Step<W> {
        let mut step = lock(&self.step);
        self.is_ended.store(true, Ordering::Release);
        std::mem::replace(&mut *step, Step::Ended)
    }
}

impl<W: JobKind> Drop for Job<W> {
    fn drop(&mut self) {
        W::dropped(self.tree());
    }
}

impl<W: JobKind> Queued for Arc<Job<W>> {
    fn is_stale(&self) -> bool {
        self.is_ended.load(Ordering::Acquire)
    }

    fn depth(&self) -> u32 {
        W::depth(&self.spec)
    }

    fn tree_id(&self) -> u64 {
        W::tree_id(self.tree())
    }
}

impl<W: JobKind> fmt::Debug for Job<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let step = match &*lock(&self.step) {
            Step::Waiting(_) => "waiting",
            Step::Running(_) => "running",
            Step::Stopping(..) => "stopping",
            Step::Ended => "ended",
        };
        f.debug_struct("Job").field("number", &self.number).field("step", &step).finish_non_exhaustive()
    }
}

impl<W: JobKind> Clone for Stop<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W: JobKind> Copy for Stop<W> {}

impl<W: JobKind> fmt::Debug for Stop<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
