//! Which core gets which job, and when a core sleeps.
//!
//! Every core has a queue of jobs that have not started. A job goes to the queue of the core that
//! its parent runs on, where it is taken first in, first out; a core whose own queue is empty
//! steals half of another's. A core with nothing to do is a sleeper, and is woken when there is
//! more than its owner will take at once. The protocol, and the races it prevents, is in
//! `scheduler/README.md`.
//!
//! Nothing here knows what a job is, or what a guest is.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;

/// The queues of all cores, and who sleeps.
pub(crate) struct Scheduler<J> {
    cores: Box<[Core<J>]>,
    sleepers: Mutex<Vec<usize>>,
    /// The length of `sleepers`, to be read without its lock.
    sleeping: AtomicUsize,
    shut_down: AtomicBool,
}

struct Core<J> {
    queue: Mutex<VecDeque<J>>,
    /// The length of `queue`, to be read without its lock.
    length: AtomicUsize,
    /// Whether the owner is too busy to take the last job of its queue itself.
    overdue: AtomicBool,
    waker: AtomicWaker,
}

/// What a core that asks for work is told.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Work<J> {
    Job(J),
    /// The run is over: stop what is running and come to an end.
    ShutDown,
}

impl<J> Scheduler<J> {
    pub(crate) fn new(cores: usize) -> Self {
        let core = || Core {
            queue: Mutex::default(),
            length: AtomicUsize::new(0),
            overdue: AtomicBool::new(false),
            waker: AtomicWaker::new(),
        };
        Self {
            cores: std::iter::repeat_with(core).take(cores).collect(),
            sleepers: Mutex::default(),
            sleeping: AtomicUsize::new(0),
            shut_down: AtomicBool::new(false),
        }
    }

    pub(crate) fn cores(&self) -> usize {
        self.cores.len()
    }

    /// Adds a job to the queue of a core. Called on that core, by the guest that runs there.
    ///
    /// A single job wakes nobody: the guest is most likely about to wait for it, and then its core
    /// takes it without a detour. If it isn't, [`overdue`](Self::overdue) gives it away.
    pub(crate) fn push(&self, core: usize, job: J) {
        let length = {
            let mut queue = lock(&self.cores[core].queue);
            queue.push_back(job);
            self.cores[core].set_length(queue.len())
        };
        if length > 1 {
            self.wake_sleeper();
        }
    }

    /// Gives the last job of a core's queue to whoever wants it: the core has been busy for a
    /// whole tick since it was pushed.
    pub(crate) fn overdue(&self, core: usize) {
        let core = &self.cores[core];
        if core.length.load(Ordering::Relaxed) > 0 && !core.overdue.swap(true, Ordering::Relaxed) {
            self.wake_sleeper();
        }
    }

    /// A job for this core that is admitted; else the core is woken when there may be one.
    pub(crate) fn poll_work(
        &self,
        core: usize,
        admit: impl Fn(&J) -> bool,
        context: &Context<'_>,
    ) -> Poll<Work<J>> {
        if let Some(work) = self.take(core, &admit) {
            return Poll::Ready(work);
        }
        self.cores[core].waker.register(context.waker());
        self.fall_asleep(core);
        // Whoever pushed before we were seen to sleep woke nobody: look again.
        fence(Ordering::SeqCst);
        match self.take(core, &admit) {
            Some(work) => {
                self.stay_awake(core);
                Poll::Ready(work)
            }
            None => Poll::Pending,
        }
    }

    /// A job for this core that is admitted, if there is one.
    pub(crate) fn take_job(&self, core: usize, admit: impl Fn(&J) -> bool) -> Option<J> {
        match self.take(core, &admit)? {
            Work::Job(job) => Some(job),
            Work::ShutDown => None,
        }
    }

    /// Ends the sleep of a core that was woken by something else than this scheduler.
    pub(crate) fn stay_awake(&self, core: usize) {
        if self.sleeping.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut sleepers = lock(&self.sleepers);
        sleepers.retain(|&sleeper| sleeper != core);
        self.sleeping.store(sleepers.len(), Ordering::SeqCst);
    }

    /// Wakes all sleepers: jobs that were not admitted may be now.
    pub(crate) fn wake_all(&self) {
        fence(Ordering::SeqCst);
        while self.wake_one() {}
    }

    /// Ends the run: from now on every core that asks for work is told so.
    pub(crate) fn shut_down(&self) {
        self.shut_down.store(true, Ordering::SeqCst);
        for core in &self.cores {
            core.waker.wake();
        }
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.shut_down.load(Ordering::SeqCst)
    }

    fn take(&self, core: usize, admit: &impl Fn(&J) -> bool) -> Option<Work<J>> {
        if self.is_shut_down() {
            return Some(Work::ShutDown);
        }
        self.take_own(core, admit).or_else(|| self.steal(core, admit)).map(Work::Job)
    }

    fn take_own(&self, core: usize, admit: &impl Fn(&J) -> bool) -> Option<J> {
        let own = &self.cores[core];
        if own.length.load(Ordering::SeqCst) == 0 {
            return None;
        }
        let mut queue = lock(&own.queue);
        // Nearly always the first. Behind jobs that have to wait may be one that need not.
        let job = queue.iter().position(admit).and_then(|index| queue.remove(index));
        own.set_length(queue.len());
        own.overdue.store(false, Ordering::Relaxed);
        job
    }

    /// Takes the older half of the first queue that has jobs to spare, and the first of that.
    fn steal(&self, thief: usize, admit: &impl Fn(&J) -> bool) -> Option<J> {
        let n = self.cores.len();
        let (job, mut more) = (1..n)
            .map(|distance| (thief + distance) % n)
            .find_map(|victim| self.cores[victim].give(admit))?;
        if !more.is_empty() {
            let own = &self.cores[thief];
            let mut queue = lock(&own.queue);
            queue.append(&mut more);
            let length = own.set_length(queue.len());
            drop(queue);
            // What is too much for one is for two.
            if length > 1 {
                self.wake_sleeper();
            }
        }
        Some(job)
    }

    /// Wakes one sleeper, if there is one.
    fn wake_sleeper(&self) {
        // Pairs with the fence of `poll_work`: either we see the sleeper, or it sees the job.
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::SeqCst) > 0 {
            self.wake_one();
        }
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

impl<J> Core<J> {
    /// The first job that is admitted, and, if that is the oldest, half of those behind it.
    fn give(&self, admit: &impl Fn(&J) -> bool) -> Option<(J, VecDeque<J>)> {
        let to_spare = |length: usize| length > 1 || (length == 1 && self.overdue.load(Ordering::Relaxed));
        if !to_spare(self.length.load(Ordering::SeqCst)) {
            return None;
        }
        let mut queue = lock(&self.queue);
        if !to_spare(queue.len()) {
            return None;
        }
        let first = queue.iter().position(admit)?;
        let job = queue.remove(first)?;
        let more = if first == 0 { queue.len() / 2 } else { 0 };
        let more = queue.drain(..more).collect();
        self.set_length(queue.len());
        Some((job, more))
    }

    fn set_length(&self, length: usize) -> usize {
        self.length.store(length, Ordering::SeqCst);
        length
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
