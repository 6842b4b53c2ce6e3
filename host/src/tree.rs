//! What the jobs of one run share: its limits, how much of them is used, and who is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_utils::CachePadded;
use scheduler::Slots;

use crate::account::{Account, Excess};
use crate::config::{Limits, RunConfig};
use crate::event::{Event, Observer};

/// The jobs of a run as a whole.
#[derive(Debug)]
pub(crate) struct Tree {
    /// No other run of the host has it.
    pub(crate) id: u64,
    pub(crate) limits: Limits,
    pub(crate) slots: Slots,
    /// Whether every job has an instance of its own.
    pub(crate) fresh: bool,
    grace: Duration,
    observer: Option<Observer>,
    /// What the next job is called, where anybody is told.
    next_job: AtomicU64,
    /// Jobs of which there is anything. Who starts a job writes here, and mostly whoever has its outcome, so
    /// that cores do not take this from each other all the time.
    jobs: CachePadded<AtomicUsize>,
    /// The bytes of their messages, and of the items that they have sent and nobody has taken.
    bytes: CachePadded<AtomicUsize>,
    /// The memory that all instances have, and what the host keeps for them.
    account: Arc<Account>,
    /// What any instance may read, by number.
    shared: Mutex<HashMap<u64, Arc<Vec<u8>>>>,
    next_shared: AtomicU64,
}

impl Tree {
    pub(crate) fn new(id: u64, config: &RunConfig, slots: Slots) -> Self {
        Self {
            id,
            limits: config.limits.clone(),
            slots,
            fresh: config.fresh,
            grace: config.grace,
            observer: config.observer.clone(),
            next_job: AtomicU64::new(0),
            jobs: CachePadded::default(),
            bytes: CachePadded::default(),
            account: Account::new(config.limits.memory),
            shared: Mutex::default(),
            next_shared: AtomicU64::new(0),
        }
    }

    /// Tells the observer, if there is one.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer.tell(&event(), Instant::now());
        }
    }

    /// Tells of something that happened at this time.
    pub(crate) fn tell_of(&self, at: Instant, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer.tell(&event(), at);
        }
    }

    /// Whether there is anybody to tell.
    pub(crate) fn is_observed(&self) -> bool {
        self.observer.is_some()
    }

    /// The number of a new job, where there is somebody to tell it to.
    pub(crate) fn number_job(&self) -> Option<u64> {
        self.observer.as_ref().map(|_| self.next_job.fetch_add(1, Ordering::Relaxed))
    }

    /// By when a job has to have stopped that is asked to now.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.grace
    }

    /// Counts one more job with a message of so many bytes. Returns whether there was room for it.
    ///
    /// It is counted in any case: whoever does not start it [leaves](Self::leave) again.
    pub(crate) fn enter(&self, bytes: usize) -> bool {
        let jobs = self.jobs.fetch_add(1, Ordering::Relaxed);
        self.queue(bytes) && jobs < self.limits.jobs
    }

    pub(crate) fn leave(&self) {
        self.jobs.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts so many bytes that are on their way. Returns whether there was room for them.
    ///
    /// They are counted in any case.
    pub(crate) fn queue(&self, bytes: usize) -> bool {
        let before = if bytes == 0 { 0 } else { self.bytes.fetch_add(bytes, Ordering::Relaxed) };
        bytes == 0 || before.saturating_add(bytes) <= self.limits.queued
    }

    /// Whether there would be room for so many.
    pub(crate) fn could_queue(&self, bytes: usize) -> bool {
        self.bytes.load(Ordering::Relaxed).saturating_add(bytes) <= self.limits.queued
    }

    pub(crate) fn unqueue(&self, bytes: usize) {
        if bytes > 0 {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// The account of the run, to which everything is charged that a guest can make the host keep.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Takes so many more bytes of memory, all or none.
    ///
    /// # Errors
    ///
    /// The run would use more than it may.
    pub(crate) fn take_memory(&self, bytes: u64) -> Result<(), Excess> {
        self.account.take(bytes)
    }

    pub(crate) fn give_back_memory(&self, bytes: u64) {
        self.account.give_back(bytes);
    }

    /// Keeps bytes for all instances, and returns their number. Their memory is the business of whoever
    /// takes them away again.
    pub(crate) fn keep_shared(&self, bytes: Vec<u8>) -> u64 {
        let id = self.next_shared.fetch_add(1, Ordering::Relaxed);
        self.lock_shared().insert(id, Arc::new(bytes));
        id
    }

    /// The bytes of this number, if they are there.
    pub(crate) fn shared(&self, id: u64) -> Option<Arc<Vec<u8>>> {
        self.lock_shared().get(&id).cloned()
    }

    /// Who is reading them may go on.
    pub(crate) fn take_shared(&self, id: u64) -> Option<Arc<Vec<u8>>> {
        self.lock_shared().remove(&id)
    }

    fn lock_shared(&self) -> MutexGuard<'_, HashMap<u64, Arc<Vec<u8>>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether more than half of the memory is used, so that none should lie idle.
    pub(crate) fn is_short_of_memory(&self) -> bool {
        self.account.is_short()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        let limits = Limits { jobs: 2, queued: 10, memory: 100, ..Limits::default() };
        Tree::new(0, &RunConfig { limits, ..RunConfig::default() }, Slots::new(1, 1))
    }

    #[test]
    fn there_is_room_for_so_many_jobs_and_bytes() {
        let tree = tree();
        assert!(tree.enter(10));
        assert!(tree.enter(0), "a job without a message needs no bytes");
        assert!(!tree.enter(0));
        tree.leave();
        tree.leave();
        assert!(!tree.enter(1));
        tree.leave();
        tree.unqueue(11);
        tree.leave();
        assert!(tree.enter(10));
    }
}
