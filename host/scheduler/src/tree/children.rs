//! The jobs that somebody started: where their outcomes arrive, and who waits for their end.
//!
//! A job is *live* from its start until it is gone: until nothing runs any more of it or of what it
//! started, and all that it used has been given back. Its outcome arrives then and not before, so
//! whoever has an outcome knows that. A parent that does not wait for an outcome may still wait for
//! the end of all its jobs, and does so at its own end.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use slab::Slab;

use super::job::{Job, Stop};
use crate::kind::JobKind;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering, lock, planted};

/// Room for so many jobs is kept from one parent to the next in the same place.
const KEPT: usize = 1_024;

/// The jobs of one parent.
pub struct Children<W: JobKind> {
    tree: W::Tree,
    /// By number: those that the parent has neither forgotten nor taken the outcome of. Apart from
    /// what has arrived, so that a parent that starts jobs does not meet those that end.
    jobs: Mutex<Slab<Arc<Job<W>>>>,
    /// How many there ever were. Only the parent changes it.
    started: AtomicUsize,
    arrived: Mutex<Arrived<W>>,
}

struct Arrived<W: JobKind> {
    outcomes: VecDeque<(Arc<Job<W>>, W::Outcome)>,
    /// About how many of those are of jobs that were forgotten since.
    forgotten: usize,
    /// Whether nobody hears of outcomes any more.
    is_abandoned: bool,
    /// How many are gone, of all that ever were started.
    gone: usize,
    /// That the parent itself has been asked to stop, and until when it has time in any case.
    requested: Option<W::Moment>,
    /// Whether the parent has waited for its jobs, or for being asked.
    is_cooperative: bool,
    /// The parent, while it waits for any of that.
    waiter: Option<Waker>,
    /// The parent, while it waits for single jobs, by their numbers.
    ///
    /// Here and not in the job, so that one that nobody waits for in this way costs no more than a
    /// look at an empty map. A number may be that of two jobs, one of them forgotten or taken; its
    /// waiter is the same, and looks at both.
    single_waiters: BTreeMap<u32, Waker>,
    /// Who waits for the end of all.
    last_waiter: Option<Waker>,
}

impl<W: JobKind> Children<W> {
    /// Those of a parent that has started none.
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

    /// What all of these jobs have in common.
    pub fn tree(&self) -> &W::Tree {
        &self.tree
    }

    /// A new job, which is not in any queue yet.
    pub fn add(self: &Arc<Self>, spec: W::Spec, message: W::Message) -> Arc<Job<W>> {
        self.started.fetch_add(1, Ordering::Relaxed);
        let mut jobs = lock(&self.jobs);
        let slot = jobs.vacant_entry();
        // More jobs than numbers would need more memory than there is.
        let number = u32::try_from(slot.key()).unwrap_or(u32::MAX);
        let job = Arc::new(Job::new(spec, message, number, Arc::clone(self)));
        slot.insert(Arc::clone(&job));
        job
    }

    /// The job of this number.
    pub fn get(&self, number: u32) -> Option<Arc<Job<W>>> {
        lock(&self.jobs).get(number as usize).cloned()
    }

    /// Gives a number up: the parent will not hear of that job any more.
    ///
    /// It is live until it is gone all the same.
    pub fn forget(&self, number: u32) -> Option<Arc<Job<W>>> {
        let job = lock(&self.jobs).try_remove(number as usize)?;
        if job.is_gone.load(Ordering::Relaxed) {
            self.forget_outcome();
        }
        Some(job)
    }

    /// An outcome will not be taken. When that is so for half of them, those are thrown away.
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

    /// Lets go of all jobs and outcomes, now and later: the parent is gone.
    pub fn abandon(&self) {
        let jobs = std::mem::take(&mut *lock(&self.jobs));
        let mut arrived = self.lock();
        arrived.is_abandoned = true;
        let outcomes = arrived.take_outcomes();
        drop(arrived);
        drop((jobs, outcomes));
    }

    /// Whether there are any that the parent has neither forgotten nor heard of.
    pub fn are_awaited(&self) -> bool {
        !lock(&self.jobs).is_empty()
    }

    /// How many are not gone.
    pub fn live(&self) -> usize {
        self.started.load(Ordering::Relaxed) - self.lock().gone
    }

    /// All outcomes that have arrived, in the order they came, each with the number of its job,
    /// which may be given to another from now on.
    pub fn take(&self) -> Vec<(u32, W::Outcome)> {
        self.take_while(|_, _| true)
    }

    /// The same up to the first that is not admitted: that one and all behind it stay, and the parent
    /// still has something to take.
    pub fn take_while(&self, mut admits: impl FnMut(&Job<W>, &W::Outcome) -> bool) -> Vec<(u32, W::Outcome)> {
        let mut arrived = self.lock().take_outcomes();
        let mut jobs = lock(&self.jobs);
        let mut taken = Vec::new();
        while let Some((job, outcome)) = arrived.pop_front() {
            // Else it was forgotten too late.
            if !is_known(&jobs, &job) && !planted("unforgotten") {
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
        if !arrived.is_empty() && !planted("lost-batch") {
            self.lock().put_back(arrived);
        }
        taken
    }

    /// Stops all that the parent has neither forgotten nor heard of.
    pub fn stop_all(&self, stop: Stop<W>) {
        // Not in one go with the lock: a job that never ran ends here, and says so.
        self.jobs().iter().for_each(|job| job.stop(stop));
    }

    /// All that the parent has neither forgotten nor heard of.
    pub(super) fn jobs(&self) -> Vec<Arc<Job<W>>> {
        lock(&self.jobs).iter().map(|(_, job)| Arc::clone(job)).collect()
    }

    /// Asks the parent itself to stop. It has time for that until then, whatever the deadline is.
    pub fn request_stop(&self, until: W::Moment) {
        let mut arrived = self.lock();
        arrived.requested = Some(until);
        let waiter = arrived.waiter.take();
        drop(arrived);
        waiter.into_iter().for_each(Waker::wake);
    }

    /// Whether the parent has been asked to stop.
    pub fn is_stop_requested(&self) -> bool {
        self.requested_deadline().is_some()
    }

    /// Until when the parent has time in any case, if it has been asked to stop.
    pub fn requested_deadline(&self) -> Option<W::Moment> {
        self.lock().requested
    }

    /// Whether the parent has ever waited in a way in which it could be asked to stop.
    pub fn is_cooperative(&self) -> bool {
        self.lock().is_cooperative
    }

    /// Forgets everything, for the next parent in the same place. All jobs have to be gone.
    pub fn clear(&self) {
        debug_assert_eq!(self.live(), 0, "a job outlives its parent");
        let mut jobs = lock(&self.jobs);
        jobs.clear();
        // Many instances may be kept, each for a parent that once had very many jobs.
        if jobs.capacity() > KEPT {
            *jobs = Slab::new();
        }
        drop(jobs);
        let mut arrived = self.lock();
        arrived.take_outcomes();
        arrived.requested = None;
        arrived.is_cooperative = false;
    }

    /// Ready while there is something to take, and from when the parent is asked to stop.
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

    /// Ready when none is live. Nothing may be started meanwhile.
    pub fn poll_all_gone(&self, context: &Context<'_>) -> Poll<()> {
        let mut arrived = self.lock();
        if arrived.gone == self.started.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        arrived.last_waiter = Some(context.waker().clone());
        Poll::Pending
    }

    pub(super) fn poll_gone(&self, job: &Job<W>, context: &Context<'_>) -> Poll<()> {
        let mut arrived = self.lock();
        if job.is_gone.load(Ordering::Relaxed) {
            return Poll::Ready(());
        }
        arrived.single_waiters.insert(job.number(), context.waker().clone());
        Poll::Pending
    }

    /// A job is gone: called once for each.
    pub(super) fn ended(&self, job: &Arc<Job<W>>, outcome: Option<W::Outcome>) {
        W::gone(&self.tree, &job.spec, outcome.as_ref());
        let mut arrived = self.lock();
        arrived.gone += 1;
        job.is_gone.store(true, Ordering::Relaxed);
        let single_waiter = arrived.single_waiters.remove(&job.number());
        let is_told = outcome.is_some() || !planted("dropped-unheard");
        let mut woken = [single_waiter.filter(|_| is_told), None, None];
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

    /// Puts outcomes that were taken before all that have arrived since.
    fn put_back(&mut self, outcomes: VecDeque<(Arc<Job<W>>, W::Outcome)>) {
        let later = std::mem::replace(&mut self.outcomes, outcomes);
        self.outcomes.extend(later);
    }
}

/// Whether the parent still wants to hear of this job.
fn is_known<W: JobKind>(jobs: &Slab<Arc<Job<W>>>, job: &Arc<Job<W>>) -> bool {
    jobs.get(job.number() as usize).is_some_and(|known| Arc::ptr_eq(known, job))
}

impl<W: JobKind> fmt::Debug for Children<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").field("live", &self.live()).finish_non_exhaustive()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
