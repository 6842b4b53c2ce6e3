//! The queues of all cores: where a new job goes, and which job a core takes next.
//!
//! Every core has a queue of jobs that have not begun. The [`Placement`] determines the queue of a new job:
//! that of its parent's core, from which other cores steal; those of the cores round-robin, where the job
//! stays; or the queue of core 0, which all cores share. A core without a job sleeps until there is one for it
//! (`sleep.rs`). `README.md` beside `src` describes the protocol and the races that it prevents.

use std::task::{Context, Poll};

use crate::kind::Queued;
use crate::queue::{Batch, Queue};
use crate::sleep::Sleepers;
use crate::sync::{AtomicBool, AtomicUsize, Mutex, Ordering, lock};
use crate::thief::Thief;

/// The queues of all cores, and the list of sleeping cores.
#[derive(Debug)]
pub struct Scheduler<J> {
    placement: Placement,
    /// Whether a core that computes calls `mark_overdue` at each tick.
    has_ticks: bool,
    cores: Box<[Core<J>]>,
    sleepers: Sleepers,
    thief: Thief,
    shut_down: AtomicBool,
}

#[derive(Debug)]
struct Core<J> {
    queue: Mutex<Queue<J>>,
    /// The length of `queue`, to be read without its lock.
    length: AtomicUsize,
    /// The approximate number of stale jobs in the queue. With `Sharded`, the number of core 0 is for all
    /// queues.
    stale: AtomicUsize,
    /// Whether other cores may take even the last job, because the owner is too busy.
    overdue: AtomicBool,
    /// With `Sharded`, the core that gets the next job of this core, modulo the number of cores.
    next: AtomicUsize,
}

/// Where jobs are queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// On the core of the parent, from which idle cores steal them.
    Steal,
    /// On the cores round-robin, beginning with that of the parent. They stay there.
    Sharded,
    /// In one queue that all cores share.
    Global,
}

/// What a core does next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<J, A> {
    /// Run this job, which was admitted with this value.
    Job(J, A),
    /// Stop all guests, and end.
    ShutDown,
}

/// The queues are searched for stale jobs at most once per this many stale jobs.
const FEW: usize = 32;

impl<J: Queued> Scheduler<J> {
    /// Creates a scheduler for this many cores, all of which are awake.
    pub fn new(cores: usize, placement: Placement) -> Self {
        let core = |id| Core {
            queue: Mutex::new(Queue::new()),
            length: AtomicUsize::new(0),
            stale: AtomicUsize::new(0),
            overdue: AtomicBool::new(false),
            next: AtomicUsize::new(id),
        };
        Self {
            placement,
            has_ticks: true,
            cores: (0..cores).map(core).collect(),
            sleepers: Sleepers::new(cores),
            thief: Thief::new(),
            shut_down: AtomicBool::new(false),
        }
    }

    /// Makes every job overdue when it is pushed, for a host that never calls
    /// [`mark_overdue`](Self::mark_overdue).
    #[must_use]
    pub fn without_ticks(self) -> Self {
        Self { has_ticks: false, ..self }
    }

    /// Returns the number of cores.
    pub fn cores(&self) -> usize {
        self.cores.len()
    }

    /// Queues a job of a guest that runs on this core. Must be called on that core.
    ///
    /// A push to an empty queue wakes no other core: the guest is most likely about to wait for the job, and
    /// then its own core takes it. If the guest goes on computing instead,
    /// [`mark_overdue`](Self::mark_overdue) lets another core steal it.
    pub fn push(&self, core: usize, job: J) {
        if self.placement == Placement::Sharded {
            let next = self.cores[core].next.fetch_add(1, Ordering::Relaxed) % self.cores.len();
            self.cores[next].push(job);
            if next != core {
                self.sleepers.wake_core(next);
            }
            return;
        }
        let length = self.home(core).push(job);
        if !self.has_ticks {
            self.offer(core);
        } else if length > 1 {
            self.wake_one();
        }
    }

    /// Returns the core whose queue this core uses.
    fn home(&self, core: usize) -> &Core<J> {
        match self.placement {
            Placement::Steal | Placement::Sharded => &self.cores[core],
            Placement::Global => &self.cores[0],
        }
    }

    /// Queues a job that no guest has started. May be called from any thread.
    ///
    /// No guest of this core is about to wait for the job, so any idle core may take it at once.
    pub fn inject(&self, core: usize, job: J) {
        self.home(core).push(job);
        if !self.sleepers.wake_core(core) && self.placement != Placement::Sharded {
            self.offer(core);
        }
    }

    /// Lets other cores take even the only job of this core's queue.
    fn offer(&self, core: usize) {
        self.home(core).overdue.store(true, Ordering::Relaxed);
        self.wake_one();
    }

    /// Counts a job that was pushed on this core and has become stale.
    ///
    /// When half of the jobs in its queue are stale, the stale jobs are removed.
    pub fn count_stale(&self, core: usize) {
        // With `Sharded`, a job may be in the queue of any core.
        let cores = match self.placement {
            Placement::Steal => &self.cores[core..=core],
            Placement::Global => &self.cores[..1],
            Placement::Sharded => &self.cores,
        };
        let count = &cores[0].stale;
        let stale = count.fetch_add(1, Ordering::Relaxed) + 1;
        if !stale.is_multiple_of(FEW) {
            return;
        }
        let length: usize = cores.iter().map(|core| core.length.load(Ordering::Relaxed)).sum();
        if stale > length / 2 {
            count.store(0, Ordering::Relaxed);
            cores.iter().for_each(Core::remove_stale);
        }
    }

    /// Lets other cores take the last job of this core's queue, and wakes one of them, because the core was
    /// busy for a whole tick since the job was pushed.
    pub fn mark_overdue(&self, core: usize) {
        if self.placement == Placement::Sharded {
            return;
        }
        let home = self.home(core);
        if home.length.load(Ordering::Relaxed) > 0 && !home.overdue.swap(true, Ordering::Relaxed) {
            self.wake_one();
        }
    }

    /// Takes a job for this core, or puts the core to sleep and wakes it when there may be one.
    ///
    /// Calls `admit` with one job after the other until it returns a value; that job leaves the queue.
    pub fn poll_next<A>(
        &self,
        core: usize,
        mut admit: impl FnMut(&J) -> Option<A>,
        context: &Context<'_>,
    ) -> Poll<Next<J, A>> {
        if let Some(next) = self.take(core, &mut admit) {
            return Poll::Ready(next);
        }
        self.sleepers.fall_asleep(core, context.waker());
        // A job that was pushed after the first check and before the core was in the list has woken no core:
        // check again.
        match self.take(core, &mut admit) {
            Some(next) => {
                self.stay_awake(core);
                Poll::Ready(next)
            }
            None => Poll::Pending,
        }
    }

    /// Takes a job for this core, if there is one that is admitted.
    pub fn take_job<A>(&self, core: usize, mut admit: impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        match self.take(core, &mut admit)? {
            Next::Job(job, admitted) => Some((job, admitted)),
            Next::ShutDown => None,
        }
    }

    /// Takes the next job within the turn of this tree, if it is admitted.
    ///
    /// That is the first job of the tree in the core's own queue or, if that queue is empty, the first job that
    /// the core would steal. No other job is tried: `admit` is called at most once.
    pub fn take_next<A>(
        &self,
        core: usize,
        tree: u64,
        admit: impl FnOnce(&J) -> Option<A>,
    ) -> Option<(J, A)> {
        if self.is_shut_down() {
            return None;
        }
        let own = self.home(core);
        if own.length.load(Ordering::SeqCst) > 0 {
            let mut queue = lock(&own.queue);
            if !queue.is_empty() {
                let taken = queue.take_of(tree, admit)?;
                own.has_taken(&queue);
                return Some(taken);
            }
        }
        if self.placement != Placement::Steal {
            return None;
        }
        let mut admit = Some(admit);
        self.steal(core, &mut |job| admit.take().and_then(|admit| admit(job)))
    }

    /// Takes the same job as [`take_next`](Self::take_next), if the predicate holds for it.
    pub fn take_first_if(&self, core: usize, tree: u64, holds: impl FnOnce(&J) -> bool) -> Option<J> {
        self.take_next(core, tree, |job| holds(job).then_some(())).map(|(job, ())| job)
    }

    /// Takes a job that no core has time for, for another machine, or wakes the caller when there may be one.
    ///
    /// While a core sleeps, or is about to be woken for a job, there is none. Jobs leave one by one, from the
    /// shallowest level, because those have the most work below them. Only one task may wait. With
    /// [`Placement::Sharded`], jobs stay.
    pub fn poll_excess<A>(
        &self,
        mut admit: impl FnMut(&J) -> Option<A>,
        context: &Context<'_>,
    ) -> Poll<(J, A)> {
        if let Some(taken) = self.take_excess(&mut admit) {
            return Poll::Ready(taken);
        }
        self.thief.fall_asleep(context.waker());
        // As in `poll_next`.
        match self.take_excess(&mut admit) {
            Some(taken) => {
                self.thief.stay_awake();
                Poll::Ready(taken)
            }
            None => Poll::Pending,
        }
    }

    /// Returns about how many jobs [`poll_excess`](Self::poll_excess) could take now.
    pub fn excess(&self) -> usize {
        if self.placement == Placement::Sharded || self.sleepers.any() {
            return 0;
        }
        self.cores.iter().map(Core::spare).sum()
    }

    /// Removes a core from the sleepers, because an event outside of this scheduler has woken it.
    pub fn stay_awake(&self, core: usize) {
        self.sleepers.stay_awake(core);
    }

    /// Wakes all sleepers, because jobs that were not admitted may be now.
    pub fn wake_all(&self) {
        self.sleepers.wake_all();
    }

    /// Ends the cores: from now on each gets [`Next::ShutDown`].
    pub fn shut_down(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        self.sleepers.wake_for_shutdown();
    }

    /// Returns whether [`shut_down`](Self::shut_down) has been called.
    pub fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    /// Wakes a core for a job that can be stolen. If none sleeps, wakes the thief for other machines.
    fn wake_one(&self) {
        if !self.sleepers.wake_sleeper() {
            self.thief.wake();
        }
    }

    fn take_excess<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        if self.is_shut_down() || self.excess() == 0 {
            return None;
        }
        self.cores.iter().find_map(|core| core.give_one(admit))
    }

    fn take<A>(&self, core: usize, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<Next<J, A>> {
        if self.is_shut_down() {
            return Some(Next::ShutDown);
        }
        let taken = self.take_own(core, admit).or_else(|| match self.placement {
            Placement::Steal => self.steal(core, admit),
            Placement::Sharded | Placement::Global => None,
        });
        taken.map(|(job, admitted)| Next::Job(job, admitted))
    }

    fn take_own<A>(&self, core: usize, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let own = self.home(core);
        if own.length.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let mut queue = lock(&own.queue);
        let taken = queue.take(admit)?;
        own.has_taken(&queue);
        Some(taken)
    }

    /// Steals from the first queue with jobs to spare: takes a job of its shallowest level, and moves half of
    /// the other jobs of that level to the thief's own queue.
    fn steal<A>(&self, thief: usize, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let n = self.cores.len();
        let (job, admitted, more) = (1..n)
            .map(|distance| (thief + distance) % n)
            .find_map(|victim| self.cores[victim].give(admit))?;
        if !more.is_empty() {
            let own = &self.cores[thief];
            let mut queue = lock(&own.queue);
            own.before_adding_to(&queue);
            queue.append(more);
            let length = own.set_length(queue.len());
            drop(queue);
            // The thief runs the first job, and keeps one job in its queue for itself. Further jobs are work
            // for another core.
            if length > 1 {
                self.wake_one();
            }
        }
        Some((job, admitted))
    }
}

impl<J: Queued> Core<J> {
    /// Queues a job. Returns the new length.
    fn push(&self, job: J) -> usize {
        let mut queue = lock(&self.queue);
        self.before_adding_to(&queue);
        queue.push(job);
        self.set_length(queue.len())
    }

    /// Returns about how many jobs a thief may take.
    fn spare(&self) -> usize {
        let kept = usize::from(!self.overdue.load(Ordering::Relaxed));
        self.length.load(Ordering::SeqCst).saturating_sub(kept)
    }

    /// Returns an admitted job of the shallowest level, if there are jobs to spare.
    fn give_one<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        if self.spare() == 0 {
            return None;
        }
        let mut queue = lock(&self.queue);
        if queue.len() < 2 && !self.overdue.load(Ordering::Relaxed) {
            return None;
        }
        let given = queue.give_one(admit)?;
        self.set_length(queue.len());
        Some(given)
    }

    /// Returns an admitted job and half of the other jobs of its level for a thief, if there are jobs to spare.
    fn give<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A, Batch<J>)> {
        let to_spare = |length: usize| length > 1 || (length == 1 && self.overdue.load(Ordering::Relaxed));
        // A cheap check first, because a thief visits many queues; then again under the lock, because the owner
        // may have taken a job since.
        if !to_spare(self.length.load(Ordering::SeqCst)) {
            return None;
        }
        let mut queue = lock(&self.queue);
        if !to_spare(queue.len()) {
            return None;
        }
        let given = queue.give(admit)?;
        self.set_length(queue.len());
        Some(given)
    }

    fn remove_stale(&self) {
        if self.length.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut queue = lock(&self.queue);
        let stale = queue.take_stale();
        self.set_length(queue.len());
        drop(queue);
        // Without the lock: the drop of a job may take long.
        drop(stale);
    }

    /// Clears the mark of an empty queue, because a job that enters it has not waited yet.
    ///
    /// If the mark of an earlier, stolen job stayed, the tick of this core would wake no sleeper.
    fn before_adding_to(&self, queue: &Queue<J>) {
        if queue.is_empty() {
            self.overdue.store(false, Ordering::Relaxed);
        }
    }

    /// Records that the owner has taken a job, so it is not too busy for the others.
    fn has_taken(&self, queue: &Queue<J>) {
        self.set_length(queue.len());
        self.overdue.store(false, Ordering::Relaxed);
    }

    fn set_length(&self, length: usize) -> usize {
        self.length.store(length, Ordering::SeqCst);
        length
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
