//! A job: plain data that any core may claim, once.
//!
//! ```text
//! waiting ── claim ──► running ──────────── finish ──► ended
//!    │                    └── stop ──► stopping ── finish ──┘
//!    └───────────────────────── stop ───────────────────────┘
//! ```
//!
//! One lock decides every race. The thread that makes a transition also does the work of this transition, so
//! the work is done once. Only the caller that claimed a job gets its message, and only the transition to
//! `ended` is reported to the parent.
//!
//! A job has a parent, and may have jobs of its own; both are handles of a type `C` here. `children.rs` reports
//! ends to parents, and passes stops on to children.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::kind::{JobKind, Queued};
use crate::sync::{AtomicBool, AtomicWaker, Mutex, Ordering, lock};

/// One unit of parallel work, from its start to its end. `C` is the type of the parent's record of its jobs;
/// [`Job`](crate::Job) is the only use of this type.
pub struct Lifecycle<W: JobKind, C: AsRef<W::Tree>> {
    /// The description of the job.
    pub spec: W::Spec,
    /// The number by which the parent identifies this job.
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
    /// The job runs. Contains the record of the jobs that it starts, once there is one.
    Running(Option<Arc<C>>),
    Stopping(Stop<W>, Option<Arc<C>>),
    Ended,
}

/// Why a job has to stop, and by when.
pub struct Stop<W: JobKind> {
    /// The reason, which determines the outcome that the parent gets, if any.
    pub reason: W::Reason,
    /// The runner gives the job time to stop by itself until then.
    pub deadline: W::Moment,
}

/// The work that remains for the caller of a stop.
pub(crate) enum Stopped<W: JobKind, C: AsRef<W::Tree>> {
    /// The job had not begun, and has ended with this outcome, which the parent has to get.
    Ended(Option<W::Outcome>),
    /// The job runs, and these jobs, which it has started, have to be stopped too.
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

    /// Returns the state that all jobs of the tree share.
    pub fn tree(&self) -> &W::Tree {
        C::as_ref(&self.parent)
    }

    /// Returns the number by which the parent identifies this job. It may belong to another job after the
    /// parent has taken the outcome of this one, or has forgotten it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Claims the job, and returns its message. Returns `None` if the job was stopped or claimed before.
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

    /// Undoes a claim, because the runner is gone with all that the job has started: the job waits again, and has to
    /// be queued again.
    ///
    /// # Errors
    ///
    /// Returns the message if the job has to stop, or does not run. Then the caller [finishes](crate::Job::finish) it.
    pub fn unclaim(&self, message: W::Message) -> Result<(), W::Message> {
        let mut step = lock(&self.step);
        if !matches!(&*step, Step::Running(None)) {
            return Err(message);
        }
        *step = Step::Waiting(message);
        Ok(())
    }

    /// Sets the record of the jobs that this job starts while it runs: a stop of this job stops them too.
    pub fn adopt(&self, jobs: &Arc<C>) {
        if let Step::Running(children) | Step::Stopping(_, children) = &mut *lock(&self.step) {
            *children = Some(Arc::clone(jobs));
        }
    }

    /// Returns the record set by [`adopt`](Self::adopt), while the job runs.
    pub fn adopted(&self) -> Option<Arc<C>> {
        match &*lock(&self.step) {
            Step::Running(children) | Step::Stopping(_, children) => children.clone(),
            Step::Waiting(_) | Step::Ended => None,
        }
    }

    /// Makes the transition to `ended`. Returns the outcome that the parent gets, if it gets one; the outer
    /// `None` means that the job had ended before.
    pub(crate) fn end(&self, outcome: W::Outcome) -> Option<Option<W::Outcome>> {
        let mut step = lock(&self.step);
        self.is_ended.store(true, Ordering::Release);
        let last = std::mem::replace(&mut *step, Step::Ended);
        // Without the lock, like the drops of the job's data.
        drop(step);
        match last {
            Step::Waiting(_) | Step::Running(_) => Some(Some(outcome)),
            Step::Stopping(stop, _) => Some(W::stopped(&self.spec, stop.reason)),
            Step::Ended => None,
        }
    }

    /// Makes the transition of a stop. `jobs_of` returns the jobs of a record.
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
        // Under the lock, so that the job cannot end. After its end the instance may run another job, and the
        // record may contain the jobs of that one.
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
        // Registers the waker first, so that a stop between the two lines finds it.
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
