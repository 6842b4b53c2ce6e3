//! The jobs of one parent: receives their outcomes, and lets the parent wait for their end.
//!
//! A job is *live* from its start until it is *gone*: until neither it nor anything it has started runs, and
//! everything it used has been given back. Its outcome arrives then and not before, so a parent that has an
//! outcome knows that the job is gone. A parent that does not wait for an outcome may still wait until all its
//! jobs are gone, and does so at its own end.
//!
//! Ends go up from a job to its parent, and stops go down from a parent to its jobs. Both are here, above the
//! steps of the single job in `job.rs`.
//!
//! `jobs` and `arrived` have separate locks, and no thread holds both. So a value that was read under one lock
//! may be outdated when the other lock is taken; comments mark these places.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use crate::job::{Lifecycle, Stop, Stopped};
use crate::kind::JobKind;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, lock};

/// A record that is reused keeps memory for at most this many jobs.
const KEPT: usize = 1_024;

/// One unit of parallel work.
pub type Job<W> = Lifecycle<W, Children<W>>;

/// The jobs of one parent.
pub struct Children<W: JobKind> {
    tree: W::Tree,
    /// The jobs that the parent has not forgotten and whose outcome it has not taken, by number. Their lock is
    /// not that of `arrived`, so that starting a job does not contend with the end of another.
    jobs: Mutex<Slab<Arc<Job<W>>>>,
    /// The number of jobs that were ever started. Only the parent changes it.
    started: AtomicUsize,
    arrived: Mutex<Arrived<W>>,
}

struct Arrived<W: JobKind> {
    outcomes: VecDeque<(Arc<Job<W>>, W::Outcome)>,
    /// The approximate number of these outcomes whose jobs were forgotten later.
    forgotten: usize,
    /// Whether the parent is gone, so that outcomes are dropped.
    is_abandoned: bool,
    /// How many of all jobs that were ever started are gone.
    gone: usize,
    /// Set when the parent was requested to stop: the parent has time at least until this moment.
    requested: Option<W::Moment>,
    /// Whether the parent has ever called `poll_ready`, and so can learn of a request to stop.
    is_cooperative: bool,
    /// Wakes the parent that waits in `poll_ready`.
    waiter: Option<Waker>,
    /// Wakes the parent that waits for the end of a single job, by the number of the job.
    ///
    /// The waker is not stored in the job, so that a job without a waiter costs only a lookup in an empty map.
    /// Two jobs may have the same number, if the first was forgotten or taken. They have the same parent, which
    /// checks both when it is woken.
    single_waiters: BTreeMap<u32, Waker>,
    /// Wakes the task that waits until all jobs are gone.
    last_waiter: Option<Waker>,
}

impl<W: JobKind> Job<W> {
    /// Ends a job that ran, or that will never run, and hands its outcome to the parent.
    ///
    /// The runner calls this when everything that the job used has been given back, and everything that it
    /// started is gone. If the job was stopped, the parent gets what [`JobKind::stopped`] returns instead.
    pub fn finish(self: &Arc<Self>, outcome: W::Outcome) {
        if let Some(outcome) = self.end(outcome) {
            self.parent.report_end(self, outcome);
        }
    }

    /// Stops the job, wherever it is, and everything that it has started. Does nothing if it has ended.
    ///
    /// If a job is stopped several times, the first stop determines the reason, and the earliest the deadline.
    /// The whole tree is stopped at once: if each job stopped its own jobs, a stop would need a turn of a busy
    /// core for each level of the tree.
    pub fn stop(self: &Arc<Self>, stop: Stop<W>) {
        match self.begin_stop(stop, Children::jobs) {
            Stopped::Ended(outcome) => self.parent.report_end(self, outcome),
            Stopped::Runs(jobs) => {
                let stop = Stop { reason: W::forgotten(), deadline: stop.deadline };
                jobs.iter().for_each(|job| job.stop(stop));
            }
            Stopped::Already => {}
        }
    }

    /// Waits, for the parent, until the job is gone.
    pub fn poll_gone(&self, context: &Context<'_>) -> Poll<()> {
        self.parent.poll_gone(self, context)
    }
}

impl<W: JobKind> Children<W> {
    /// Creates the record of a parent that has started nothing.
    pub fn new(tree: W::Tree) -> Arc<Self> {
        let arrived = Arrived {
            outcomes: VecDeque::new(),
            forgotten: 0,
            is_abandoned: false,
            gone: 0,
            requested: None,
            is_cooperative: false,
            waiter: None,
            single_waiters: BTreeMap::new(),
            last_waiter: None,
        };
        let (jobs, arrived) = (Mutex::new(Slab::new()), Mutex::new(arrived));
        Arc::new(Self { tree, jobs, started: AtomicUsize::new(0), arrived })
    }

    /// Returns the state that all jobs of the tree share.
    pub fn tree(&self) -> &W::Tree {
        &self.tree
    }

    /// Creates a job. It is in no queue yet.
    pub fn add(self: &Arc<Self>, spec: W::Spec, message: W::Message) -> Arc<Job<W>> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let mut jobs = lock(&self.jobs);
        let slot = jobs.vacant_entry();
        // 2^32 jobs do not fit into memory.
        let number = u32::try_from(slot.key()).unwrap_or(u32::MAX);
        let job = Arc::new(Lifecycle::new(spec, message, number, Arc::clone(self)));
        slot.insert(Arc::clone(&job));
        job
    }

    /// Returns the job of this number.
    pub fn get(&self, number: u32) -> Option<Arc<Job<W>>> {
        lock(&self.jobs).get(number as usize).cloned()
    }

    /// Forgets the job of this number, and returns it: the parent will not get its outcome.
    ///
    /// The job stays live until it is gone.
    pub fn forget(&self, number: u32) -> Option<Arc<Job<W>>> {
        let job = lock(&self.jobs).try_remove(number as usize)?;
        // If the end is reported right after this check, the outcome stays until `take_while` skips it.
        if job.is_gone.load(Ordering::Relaxed) {
            self.forget_outcome();
        }
        Some(job)
    }

    /// Counts an outcome that will not be taken. Drops all of these when they are half of the outcomes.
    fn forget_outcome(&self) {
        let mut arrived = self.lock();
        arrived.forgotten += 1;
        if arrived.forgotten <= arrived.outcomes.len() / 2 {
            return;
        }
        let outcomes = arrived.take_outcomes();
        drop(arrived);
        let jobs = lock(&self.jobs);
        let (kept, dropped): (VecDeque<_>, VecDeque<_>) =
            outcomes.into_iter().partition(|(job, _)| is_known(&jobs, job));
        drop(jobs);
        drop(dropped);
        self.lock().put_back(kept);
    }

    /// Drops all jobs and outcomes, including outcomes that arrive later, because the parent is gone.
    pub fn abandon(&self) {
        let jobs = std::mem::take(&mut *lock(&self.jobs));
        let mut arrived = self.lock();
        arrived.is_abandoned = true;
        let outcomes = arrived.take_outcomes();
        drop(arrived);
        drop((jobs, outcomes));
    }

    /// Returns whether there are jobs that the parent has not forgotten and whose outcome it has not taken.
    pub fn are_awaited(&self) -> bool {
        !lock(&self.jobs).is_empty()
    }

    /// Returns the number of jobs that are not gone.
    pub fn live(&self) -> usize {
        self.started.load(Ordering::Relaxed) - self.lock().gone
    }

    /// Takes all outcomes in the order of their arrival, each with the number of its job. From now on, other
    /// jobs may get these numbers.
    pub fn take(&self) -> Vec<(u32, W::Outcome)> {
        self.take_while(|_, _| true)
    }

    /// Takes outcomes up to the first one that is not admitted. That outcome and all after it stay, and
    /// [`poll_ready`](Self::poll_ready) stays ready.
    pub fn take_while(&self, mut admits: impl FnMut(&Job<W>, &W::Outcome) -> bool) -> Vec<(u32, W::Outcome)> {
        let mut arrived = self.lock().take_outcomes();
        let mut jobs = lock(&self.jobs);
        let mut taken = Vec::new();
        while let Some((job, outcome)) = arrived.pop_front() {
            // A job that was forgotten when its outcome had arrived.
            if !is_known(&jobs, &job) {
                continue;
            }
            if !admits(&job, &outcome) {
                arrived.push_front((job, outcome));
                break;
            }
            jobs.try_remove(job.number() as usize);
            taken.push((job.number(), outcome));
        }
        drop(jobs);
        // Other outcomes may have arrived since: those that were taken out go in front of them.
        if !arrived.is_empty() {
            self.lock().put_back(arrived);
        }
        taken
    }

    /// Takes the outcome of this job, if it has arrived. From now on, another job may get its number.
    pub fn take_of(&self, job: &Arc<Job<W>>) -> Option<W::Outcome> {
        let mut arrived = self.lock();
        // A parent that waits for each job by itself takes the outcomes in the order of their arrival.
        let at = arrived.outcomes.iter().position(|(other, _)| Arc::ptr_eq(other, job))?;
        let (_, outcome) = arrived.outcomes.remove(at)?;
        drop(arrived);
        let mut jobs = lock(&self.jobs);
        let taken = is_known(&jobs, job).then(|| jobs.try_remove(job.number() as usize));
        drop(jobs);
        drop(taken);
        Some(outcome)
    }

    /// Stops all jobs that the parent has not forgotten and whose outcome it has not taken.
    pub fn stop_all(&self, stop: Stop<W>) {
        // Not with the lock: a job that never ran ends here, and reports that.
        self.jobs().iter().for_each(|job| job.stop(stop));
    }

    /// Returns all jobs that the parent has not forgotten and whose outcome it has not taken.
    pub fn jobs(&self) -> Vec<Arc<Job<W>>> {
        lock(&self.jobs).iter().map(|(_, job)| Arc::clone(job)).collect()
    }

    /// Requests the parent itself to stop. It has time at least until `until`, even if the deadline of its stop
    /// is earlier.
    pub fn request_stop(&self, until: W::Moment) {
        let mut arrived = self.lock();
        arrived.requested = Some(until);
        let waiter = arrived.waiter.take();
        drop(arrived);
        waiter.into_iter().for_each(Waker::wake);
    }

    /// Returns whether the parent has been requested to stop.
    pub fn is_stop_requested(&self) -> bool {
        self.requested_deadline().is_some()
    }

    /// Returns the moment until which the parent has time at least, if it was requested to stop.
    pub fn requested_deadline(&self) -> Option<W::Moment> {
        self.lock().requested
    }

    /// Returns whether the parent has ever waited in a way that notifies it of a request to stop.
    pub fn is_cooperative(&self) -> bool {
        self.lock().is_cooperative
    }

    /// Resets the record for the next parent in the same instance. All jobs must be gone.
    pub fn clear(&self) {
        debug_assert_eq!(self.live(), 0, "a job outlives its parent");
        let mut jobs = lock(&self.jobs);
        jobs.clear();
        // Many instances may be kept warm, and each may once have run a parent with very many jobs.
        if jobs.capacity() > KEPT {
            *jobs = Slab::new();
        }
        drop(jobs);
        let mut arrived = self.lock();
        arrived.take_outcomes();
        arrived.requested = None;
        arrived.is_cooperative = false;
    }

    /// Waits until there is an outcome to take, or the parent is requested to stop.
    pub fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
        let mut arrived = self.lock();
        arrived.is_cooperative = true;
        if arrived.requested.is_some() || !arrived.outcomes.is_empty() {
            return Poll::Ready(());
        }
        match &mut arrived.waiter {
            Some(waiter) => waiter.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }

    /// Waits until no job is live. The parent must not start any meanwhile.
    pub fn poll_all_gone(&self, context: &Context<'_>) -> Poll<()> {
        let mut arrived = self.lock();
        if arrived.gone == self.started.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        arrived.last_waiter = Some(context.waker().clone());
        Poll::Pending
    }

    fn poll_gone(&self, job: &Job<W>, context: &Context<'_>) -> Poll<()> {
        // `is_gone` changes under this lock, so no job can end between the check and the registration.
        let mut arrived = self.lock();
        if job.is_gone.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        arrived.single_waiters.insert(job.number(), context.waker().clone());
        Poll::Pending
    }

    /// Counts a job as gone, keeps its outcome, and wakes whatever waits for that. Called once for each job.
    fn report_end(&self, job: &Arc<Job<W>>, outcome: Option<W::Outcome>) {
        W::gone(&self.tree, &job.spec, outcome.as_ref());
        let mut arrived = self.lock();
        arrived.gone += 1;
        job.is_gone.store(true, Ordering::Relaxed);
        let single_waiter = arrived.single_waiters.remove(&job.number());
        let mut woken = [single_waiter, None, None];
        if let Some(outcome) = outcome
            && !arrived.is_abandoned
        {
            arrived.outcomes.push_back((Arc::clone(job), outcome));
            woken[1] = arrived.waiter.take();
        }
        if arrived.gone == self.started.load(Ordering::Relaxed) {
            woken[2] = arrived.last_waiter.take();
        }
        drop(arrived);
        // Without the lock, because the woken tasks take it immediately.
        woken.into_iter().flatten().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Arrived<W>> {
        lock(&self.arrived)
    }
}

impl<W: JobKind> Arrived<W> {
    fn take_outcomes(&mut self) -> VecDeque<(Arc<Job<W>>, W::Outcome)> {
        self.forgotten = 0;
        std::mem::take(&mut self.outcomes)
    }

    /// Puts outcomes that were taken out before those that have arrived since.
    fn put_back(&mut self, outcomes: VecDeque<(Arc<Job<W>>, W::Outcome)>) {
        let later = std::mem::replace(&mut self.outcomes, outcomes);
        self.outcomes.extend(later);
    }
}

/// Returns whether the parent still wants the outcome of this job. Its number may be that of another job.
fn is_known<W: JobKind>(jobs: &Slab<Arc<Job<W>>>, job: &Arc<Job<W>>) -> bool {
    jobs.get(job.number() as usize).is_some_and(|known| Arc::ptr_eq(known, job))
}

impl<W: JobKind> AsRef<W::Tree> for Children<W> {
    fn as_ref(&self) -> &W::Tree {
        &self.tree
    }
}

impl<W: JobKind> fmt::Debug for Children<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("live", &self.live()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
