//! The list of sleeping cores, and waking one of them.
//!
//! A core that falls asleep enters the list, and then checks the queues again. A thread that pushes a job puts
//! it into a queue, and then checks the length of the list. Each has a fence between its write and its read, so
//! at least one of them sees the write of the other. `README.md` beside `src` describes the whole protocol.

use std::task::Waker;

use crate::sync::{AtomicUsize, AtomicWaker, Mutex, Ordering, fence, lock};

/// The sleeping cores, in the order in which they fell asleep.
#[derive(Debug)]
pub(crate) struct Sleepers {
    list: Mutex<Vec<usize>>,
    /// The length of `list`, to be read without its lock.
    count: AtomicUsize,
    /// One waker for each core, whether it sleeps or not.
    wakers: Box<[AtomicWaker]>,
}

impl Sleepers {
    /// Creates the list for this many cores, all of which are awake.
    pub(crate) fn new(cores: usize) -> Self {
        Self {
            list: Mutex::new(Vec::new()),
            count: AtomicUsize::new(0),
            wakers: (0..cores).map(|_| AtomicWaker::new()).collect(),
        }
    }

    /// Adds a core to the sleepers. When this returns, every pusher can see that the core sleeps.
    ///
    /// A job that was pushed before has not woken the core, so the core must check the queues once more.
    pub(crate) fn fall_asleep(&self, core: usize, waker: &Waker) {
        // Before the core enters the list: a pusher that finds the core there needs its waker.
        self.wakers[core].register(waker);
        let mut list = lock(&self.list);
        if !list.contains(&core) {
            list.push(core);
        }
        self.count.store(list.len(), Ordering::SeqCst);
        drop(list);
        // Pairs with the fences of `wake_sleeper` and `wake_core`.
        fence(Ordering::SeqCst);
    }

    /// Takes a core off the list if it is there, so that no push spends its wake-up on it.
    pub(crate) fn stay_awake(&self, core: usize) {
        if self.count.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut list = lock(&self.list);
        list.retain(|&sleeper| sleeper != core);
        self.count.store(list.len(), Ordering::SeqCst);
    }

    /// Returns whether any core sleeps.
    pub(crate) fn any(&self) -> bool {
        self.count.load(Ordering::SeqCst) > 0
    }

    /// Wakes one sleeper, if there is one. Returns whether there was.
    pub(crate) fn wake_sleeper(&self) -> bool {
        // Pairs with the fence of `fall_asleep`: either this thread sees the sleeper, or the sleeper sees the
        // job that this thread has just pushed.
        fence(Ordering::SeqCst);
        self.any() && self.wake_one()
    }

    /// Wakes this core if it sleeps. Returns whether it did.
    pub(crate) fn wake_core(&self, core: usize) -> bool {
        // As in `wake_sleeper`.
        fence(Ordering::SeqCst);
        if self.count.load(Ordering::SeqCst) == 0 {
            return false;
        }
        let mut list = lock(&self.list);
        let Some(index) = list.iter().position(|&sleeper| sleeper == core) else { return false };
        list.remove(index);
        self.count.store(list.len(), Ordering::SeqCst);
        drop(list);
        self.wakers[core].wake();
        true
    }

    /// Wakes each core that sleeps now, once.
    pub(crate) fn wake_all(&self) {
        fence(Ordering::SeqCst);
        // The list is emptied before the first wake-up. Otherwise a core that finds nothing and falls asleep
        // again could enter the list again and be woken again, endlessly.
        let mut list = lock(&self.list);
        let woken = std::mem::take(&mut *list);
        self.count.store(0, Ordering::SeqCst);
        drop(list);
        woken.into_iter().rev().for_each(|sleeper| self.wakers[sleeper].wake());
    }

    /// Wakes every core, whether it is in the list or about to enter it. The list stays as it is.
    pub(crate) fn wake_for_shutdown(&self) {
        self.wakers.iter().for_each(AtomicWaker::wake);
    }

    fn wake_one(&self) -> bool {
        let mut list = lock(&self.list);
        // The last to fall asleep has the warmest caches.
        let Some(sleeper) = list.pop() else { return false };
        self.count.store(list.len(), Ordering::SeqCst);
        drop(list);
        self.wakers[sleeper].wake();
        true
    }
}
