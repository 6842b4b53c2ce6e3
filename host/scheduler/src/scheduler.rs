//! Which core gets which job, and when a core sleeps.
//!
//! Every core has a queue of jobs that have not begun. Where a new job goes is the [`Placement`]: to
//! the core that its parent runs on, from where others steal; or to each core in turn, where it stays;
//! or all are in the queue of the first. A core with nothing to do is a sleeper, and is woken when there
//! is something for it. The protocol, and the races it prevents, is in `README.md` beside `src`.

use std::task::{Context, Poll};

use crate::kind::Queued;
use crate::queue::{Batch, Queue};
use crate::sync::{AtomicBool, AtomicUsize, AtomicWaker, Mutex, Ordering, fence, lock, planted};

/// The queues of all cores, and who sleeps.
#[derive(Debug)]
pub struct Scheduler<J> {
    placement: Placement,
    /// Whether a core that computes says so, from tick to tick.
    has_ticks: bool,
    cores: Box<[Core<J>]>,
    sleepers: Mutex<Vec<usize>>,
    /// The length of `sleepers`, to be read without its lock.
    sleeping: AtomicUsize,
    shut_down: AtomicBool,
}

#[derive(Debug)]
struct Core<J> {
    queue: Mutex<Queue<J>>,
    /// The length of `queue`, to be read without its lock.
    length: AtomicUsize,
    /// About how many jobs in the queue are stale; where jobs stay, that of core 0 counts for all queues.
    stale: AtomicUsize,
    /// Whether the owner is too busy to take the last job of its queue itself.
    overdue: AtomicBool,
    /// Where the next job of this core goes, if they go to each core in turn.
    next: AtomicUsize,
    waker: AtomicWaker,
}

/// Which core gets a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// The core of its parent, until another has nothing to do and takes it.
    Steal,
    /// Each core in turn, beginning with that of the parent; there it stays.
    Sharded,
    /// Whichever asks first: all cores have one queue.
    Global,
}

/// What a core that asks for something to do is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<J, A> {
    /// To run this job, with what it was admitted with.
    Job(J, A),
    /// To stop what is running and come to an end.
    ShutDown,
}

/// So many stale jobs are worth a look at how many jobs there are.
const FEW: usize = 32;

impl<J: Queued> Scheduler<J> {
    /// For so many cores, all of which are awake.
    pub fn new(cores: usize, placement: Placement) -> Self {
        let core = |id| Core {
            queue: Mutex::new(Queue::new()),
            length: AtomicUsize::new(0),
            stale: AtomicUsize::new(0),
            overdue: AtomicBool::new(false),
            next: AtomicUsize::new(id),
            waker: AtomicWaker::new(),
        };
        Self {
            placement,
            has_ticks: true,
            cores: (0..cores).map(core).collect(),
            sleepers: Mutex::new(Vec::new()),
            sleeping: AtomicUsize::new(0),
            shut_down: AtomicBool::new(false),
        }
    }

    /// The same, where nobody calls [`mark_overdue`](Self::mark_overdue): every job is for whoever takes it first.
    #[must_use]
    pub fn without_ticks(self) -> Self {
        Self { has_ticks: false, ..self }
    }

    /// How many cores there are.
    pub fn cores(&self) -> usize {
        self.cores.len()
    }

    /// Adds a job of a guest that runs on this core. Called on that core.
    ///
    /// A single job wakes nobody if it stays: the guest is most likely about to wait for it, and then
    /// its core takes it without a detour. If it isn't, [`mark_overdue`](Self::mark_overdue) gives it away.
    pub fn push(&self, core: usize, job: J) {
        if self.placement == Placement::Sharded {
            let next = self.cores[core].next.fetch_add(1, Ordering::Relaxed) % self.cores.len();
            self.cores[next].push(job);
            if next != core {
                self.wake_core(next);
            }
            return;
        }
        let length = self.home(core).push(job);
        if !self.has_ticks {
            self.offer(core);
        } else if length > 1 {
            self.wake_sleeper();
        }
    }

    /// Whose queue this core has.
    fn home(&self, core: usize) -> &Core<J> {
        match self.placement {
            Placement::Steal | Placement::Sharded => &self.cores[core],
            Placement::Global => &self.cores[0],
        }
    }

    /// Adds a job that no guest started to the queue of a core. Called from anywhere.
    ///
    /// No guest of that core is about to wait for it, so whoever has nothing to do may take it.
    pub fn inject(&self, core: usize, job: J) {
        self.home(core).push(job);
        if !self.wake_core(core) && self.placement != Placement::Sharded {
            self.offer(core);
        }
    }

    /// Gives also the only job of a core's queue to whoever wants it.
    fn offer(&self, core: usize) {
        self.home(core).overdue.store(true, Ordering::Relaxed);
        self.wake_sleeper();
    }

    /// Says that a job which was pushed on this core has become stale.
    ///
    /// When half of the jobs beside it are, those are thrown away.
    pub fn count_stale(&self, core: usize) {
        // Jobs that stay are in all queues, whoever pushed them.
        let cores = match self.placement {
            Placement::Steal => &self.cores[core..=core],
            Placement::Global => &self.cores[..1],
            Placement::Sharded if planted("forget-own") => &self.cores[core..=core],
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
            cores.iter().for_each(Core::throw_stale_away);
        }
    }

    /// Gives the last job of a core's queue to whoever wants it: the core has been busy for a
    /// whole tick since it was pushed.
    pub fn mark_overdue(&self, core: usize) {
        if self.placement == Placement::Sharded {
            return;
        }
        let home = self.home(core);
        if home.length.load(Ordering::Relaxed) > 0 && !home.overdue.swap(true, Ordering::Relaxed) {
            self.wake_sleeper();
        }
    }

    /// A job for this core that is admitted; else the core is woken when there may be one.
    ///
    /// `admit` is asked of one job after the other until it has an answer; that job is then out of
    /// the queue.
    pub fn poll_next<A>(
        &self,
        core: usize,
        mut admit: impl FnMut(&J) -> Option<A>,
        context: &Context<'_>,
    ) -> Poll<Next<J, A>> {
        if let Some(next) = self.take(core, &mut admit) {
            return Poll::Ready(next);
        }
        self.cores[core].waker.register(context.waker());
        self.fall_asleep(core);
        // Whoever pushed before we were seen to sleep woke nobody: look again.
        fence(Ordering::SeqCst);
        let next = if planted("one-look") { None } else { self.take(core, &mut admit) };
        match next {
            Some(next) => {
                self.stay_awake(core);
                Poll::Ready(next)
            }
            None => Poll::Pending,
        }
    }

    /// A job for this core that is admitted, if there is one.
    pub fn take_job<A>(&self, core: usize, mut admit: impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        match self.take(core, &mut admit)? {
            Next::Job(job, admitted) => Some((job, admitted)),
            Next::ShutDown => None,
        }
    }

    /// A job that may follow another one of this tree within one turn, on this core: the first of the tree
    /// in its own queue, or if that has none of any tree, the first that it would steal. Only that one is
    /// asked for.
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

    /// Ends the sleep of a core that was woken by something else than this scheduler.
    pub fn stay_awake(&self, core: usize) {
        if self.sleeping.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut sleepers = lock(&self.sleepers);
        sleepers.retain(|&sleeper| sleeper != core);
        self.sleeping.store(sleepers.len(), Ordering::SeqCst);
    }

    /// Wakes all sleepers: jobs that were not admitted may be now.
    pub fn wake_all(&self) {
        fence(Ordering::SeqCst);
        while planted("wake-again") && self.wake_one() {}
        // All in one go: who looks in vain falls asleep again, and would then be woken again, and so on.
        let mut sleepers = lock(&self.sleepers);
        let woken = std::mem::take(&mut *sleepers);
        self.sleeping.store(0, Ordering::SeqCst);
        drop(sleepers);
        let few = if planted("wake-one") { 1 } else { usize::MAX };
        woken.into_iter().rev().take(few).for_each(|sleeper| self.cores[sleeper].waker.wake());
    }

    /// Ends the cores: from now on every core that asks for work is told so.
    pub fn shut_down(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        for core in &self.cores {
            core.waker.wake();
        }
    }

    /// Whether everybody is to come to an end.
    pub fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
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

    /// Takes a shallow job of the first queue that has jobs to spare, and half of those beside it.
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
            // What is too much for one is for two.
            if length > 1 {
                self.wake_sleeper();
            }
        }
        Some((job, admitted))
    }

    /// Wakes one sleeper, if there is one.
    fn wake_sleeper(&self) {
        // Pairs with the fence of `poll_next`: either we see the sleeper, or it sees the job.
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::SeqCst) > 0 {
            self.wake_one();
        }
    }

    /// Wakes this core, if it sleeps. Returns whether it did.
    fn wake_core(&self, core: usize) -> bool {
        // As in `wake_sleeper`.
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let mut sleepers = lock(&self.sleepers);
        let Some(index) = sleepers.iter().position(|&sleeper| sleeper == core) else { return false };
        sleepers.remove(index);
        self.sleeping.store(sleepers.len(), Ordering::SeqCst);
        drop(sleepers);
        self.cores[core].waker.wake();
        true
    }

    fn wake_one(&self) -> bool {
        let mut sleepers = lock(&self.sleepers);
        // The last to fall asleep has the warmest caches.
        let Some(sleeper) = sleepers.pop() else { return false };
        self.sleeping.store(sleepers.len(), Ordering::SeqCst);
        drop(sleepers);
        self.cores[sleeper].waker.wake();
        true
    }

    fn fall_asleep(&self, core: usize) {
        let mut sleepers = lock(&self.sleepers);
        if !sleepers.contains(&core) {
            sleepers.push(core);
        }
        self.sleeping.store(sleepers.len(), Ordering::SeqCst);
    }
}

impl<J: Queued> Core<J> {
    /// Adds a job. Returns how many there are now.
    fn push(&self, job: J) -> usize {
        let mut queue = lock(&self.queue);
        self.before_adding_to(&queue);
        queue.push(job);
        self.set_length(queue.len())
    }

    /// A job that is admitted, and others beside it, if there are any to spare.
    fn give<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A, Batch<J>)> {
        let to_spare = |length: usize| length > 1 || (length == 1 && self.overdue.load(Ordering::Relaxed));
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

    fn throw_stale_away(&self) {
        if self.length.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut queue = lock(&self.queue);
        let stale = queue.take_stale();
        self.set_length(queue.len());
        drop(queue);
        drop(stale);
    }

    /// A job that finds the queue empty has not waited yet. If those before it were overdue and
    /// then stolen, its own tick would else wake nobody.
    fn before_adding_to(&self, queue: &Queue<J>) {
        if queue.is_empty() && !planted("overdue-stays") {
            self.overdue.store(false, Ordering::Relaxed);
        }
    }

    /// The owner has taken a job, so it does not keep the others waiting.
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
