//! A job: plain data that any core may take, until one has.
//!
//! ```text
//! waiting ── claim ──► running ──────────── finish ──► ended
//!    │                    └── stop ──► stopping ── finish ──┘
//!    └───────────────────────── stop ───────────────────────┘
//! ```
//!
//! One lock decides every race. The thread that makes a step also does the work that belongs to it, so this
//! work is done once. Only the caller that claimed a job has its message, and only the step to the end is
//! reported to the parent.
//!
//! A job has a parent, and may have jobs of its own. To this file both are handles of a type `C`. What travels
//! between them, the report of an end upwards and a stop downwards, is in `children.rs`.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::kind::{JobKind, Queued};
use crate::sync::{AtomicBool, AtomicWaker, Mutex, Ordering, lock};

/// One unit of parallel work, from its start to its end. `C` is what its parent has of its jobs;
/// [`Job`](crate::Job) names the only type it is used with.
pub struct Lifecycle<W: JobKind, C: AsRef<W::Tree>> {
    /// What the job has to do.
    pub spec: W::Spec,
    /// The parent's name for this job.
    number: u32,
    pub(crate) parent: Arc<C>,
    step: Mutex<Step<W, C>>,
    /// Whether the step is `Stopping`, to be read without the lock.
    is_stopping: AtomicBool,
    /// Whether the step is `Ended`, to be read without the lock.
    is_ended: AtomicBool,
    /// Wakes the runner of the job when it has to stop.
    runner: AtomicWaker,
    /// Whether the end has been reported. Changes while the parent's record is locked.
    pub(crate) is_gone: AtomicBool,
}

enum Step<W: JobKind, C> {
    Waiting(W::Message),
    /// With the jobs that it starts, once there is a record of them.
    Running(Option<Arc<C>>),
    Stopping(Stop<W>, Option<Arc<C>>),
    Ended,
}

/// Why a job has to stop, and by when.
pub struct Stop<W: JobKind> {
    /// Decides what the parent gets for an outcome, if anything.
    pub reason: W::Reason,
    /// The runner gives the job time to stop by itself until then.
    pub deadline: W::Moment,
}

/// What is left to do for the caller of a stop.
pub(crate) enum Stopped<W: JobKind, C: AsRef<W::Tree>> {
    /// The job had not begun, and has ended: its parent has to get this.
    Ended(Option<W::Outcome>),
    /// The job runs: these, which it has started, have to stop, too.
    Runs(Vec<Arc<Lifecycle<W, C>>>),
    /// Nothing: the job has ended, or has an earlier deadline already.
    Already,
}

impl<W: JobKind, C: AsRef<W::Tree>> Lifecycle<W, C> {
    pub(crate) fn new(spec: W::Spec, message: W::Message, number: u32, parent: Arc<C>) -> Self {
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

    /// Returns what all jobs of the tree share.
    pub fn tree(&self) -> &W::Tree {
        C::as_ref(&self.parent)
    }

    /// Returns the parent's name for this job. The parent may give it to another job after it has taken the
    /// outcome of this one, or has forgotten it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Takes the message, to run the job. Returns `None` if the job has been stopped or claimed before.
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

    /// Connects the job, while it runs, with the jobs that it starts: a stop of this job stops those, too.
    pub fn adopt(&self, jobs: &Arc<C>) {
        if let Step::Running(children) | Step::Stopping(_, children) = &mut *lock(&self.step) {
            *children = Some(Arc::clone(jobs));
        }
    }

    /// Returns what [`adopt`](Self::adopt) has connected, while the job runs.
    pub fn adopted(&self) -> Option<Arc<C>> {
        match &*lock(&self.step) {
            Step::Running(children) | Step::Stopping(_, children) => children.clone(),
            Step::Waiting(_) | Step::Ended => None,
        }
    }

    /// Makes the step to the end. Returns what the parent has to get, the inner `None` if that is nothing;
    /// or `None` if the job had ended before.
    pub(crate) fn end(&self, outcome: W::Outcome) -> Option<Option<W::Outcome>> {
        let mut step = lock(&self.step);
        self.is_ended.store(true, Ordering::Release);
        let last = std::mem::replace(&mut *step, Step::Ended);
        // Without the lock, as are the drops of all that the job had.
        drop(step);
        match last {
            Step::Waiting(_) | Step::Running(_) => Some(Some(outcome)),
            Step::Stopping(stop, _) => Some(W::stopped(&self.spec, stop.reason)),
            Step::Ended => None,
        }
    }

    /// Makes the step of a stop. `jobs_of` returns the jobs of a record.
    pub(crate) fn begin_stop(
        &self,
        stop: Stop<W>,
        jobs_of: impl FnOnce(&C) -> Vec<Arc<Self>>,
    ) -> Stopped<W, C> {
        let mut step = lock(&self.step);
        match &mut *step {
            Step::Waiting(_) => {
                let waiting = std::mem::replace(&mut *step, Step::Ended);
                self.is_ended.store(true, Ordering::Release);
                drop(step);
                drop(waiting);
                return Stopped::Ended(W::stopped(&self.spec, stop.reason));
            }
            Step::Running(children) => *step = Step::Stopping(stop, children.take()),
            Step::Stopping(before, _) if stop.deadline < before.deadline => before.deadline = stop.deadline,
            // The jobs below have been stopped, and the runner stops those that were started since.
            Step::Stopping(..) | Step::Ended => return Stopped::Already,
        }
        // While the lock keeps the job from its end. Afterwards its instance runs another job, and the record
        // may be that of the other one's jobs.
        let jobs = match &*step {
            Step::Stopping(_, Some(children)) => jobs_of(children),
            _ => Vec::new(),
        };
        self.is_stopping.store(true, Ordering::Release);
        drop(step);
        self.runner.wake();
        Stopped::Runs(jobs)
    }

    /// Returns whether the job runs and has to stop. This is a single load.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Returns the deadline by which a stopping job must have stopped.
    pub fn stop_deadline(&self) -> Option<W::Moment> {
        match &*lock(&self.step) {
            Step::Stopping(stop, _) => Some(stop.deadline),
            Step::Waiting(_) | Step::Running(_) | Step::Ended => None,
        }
    }

    /// Waits, for the runner of the job, until the job has to stop. An earlier deadline wakes the runner again.
    pub fn poll_stopping(&self, context: &Context<'_>) -> Poll<()> {
        // The waker first: a stop between the two lines then finds it.
        self.runner.register(context.waker());
        if self.is_stopping() { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<W: JobKind, C: AsRef<W::Tree>> Drop for Lifecycle<W, C> {
    fn drop(&mut self) {
        W::dropped(self.tree());
    }
}

impl<W: JobKind, C: AsRef<W::Tree>> Queued for Arc<Lifecycle<W, C>> {
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

impl<W: JobKind, C: AsRef<W::Tree>> fmt::Debug for Lifecycle<W, C> {
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
