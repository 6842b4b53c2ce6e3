//! What the jobs of one run share: its limits, how much of them is used, and who is told.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scheduler::Slots;

use super::account::{Account, Charge, Excess};
use super::bulk::Bulk;
use crate::config::{Limits, RunConfig};
use crate::observe::event::{Event, Observer};

/// A result, or the texts of a failure, with no more bytes than this are part of the price of their job.
pub(crate) const SMALL: usize = 256;

/// What the host keeps of a job at most, besides its message and its items: the job itself, its entries in the
/// tables of its parent and in a queue, each with what an allocator adds and with tables that have just grown
/// to twice their size, and a result that is [small](SMALL).
const JOB: u64 = 1 << 10;

/// Jobs are charged by so many at a time, so a run of fewer pays nothing.
const JOBS: usize = 1_024;

/// Messages and items are charged by so many bytes at a time.
const BYTES: usize = 1 << 20;

/// Of all memory, this part may be that of jobs that wait, and this part that of messages and items: with more,
/// there would be none for the instances that are to work on them.
const PART: u64 = 4;

/// This part is left by results, so that a parent has room for the first of those that it takes.
const RESERVE: u64 = 8;

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
    jobs: Bulk,
    /// The bytes of their messages, and of the items that they have sent and nobody has taken.
    bytes: Bulk,
    /// The memory that all instances have, and what the host keeps for them.
    account: Arc<Account>,
    /// What any instance may read, by number.
    shared: Mutex<HashMap<u64, Arc<Shared>>>,
    next_shared: AtomicU64,
}

/// Bytes that any instance may read, and what pays for them as long as one does.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) bytes: Arc<Vec<u8>>,
    #[expect(dead_code, reason = "dropped with the bytes")]
    charge: Charge,
}

impl Tree {
    pub(crate) fn new(id: u64, config: &RunConfig, slots: Slots) -> Self {
        let mut limits = config.limits.clone();
        let part = limits.memory / PART;
        let jobs = usize::try_from(part / JOB).unwrap_or(usize::MAX).saturating_add(JOBS);
        limits.jobs = limits.jobs.min(jobs);
        limits.queued = limits.queued.min(usize::try_from(part).unwrap_or(usize::MAX).max(BYTES));
        Self {
            id,
            limits,
            slots,
            fresh: config.fresh,
            grace: config.grace,
            observer: config.observer.clone(),
            next_job: AtomicU64::new(0),
            jobs: Bulk::new(JOBS, JOB),
            bytes: Bulk::new(BYTES, 1),
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

    /// Counts one more job. Returns whether there was room for it.
    ///
    /// It is counted in any case: whoever does not start it [leaves](Self::leave) again.
    pub(crate) fn enter(&self) -> bool {
        self.jobs.add(&self.account, 1).is_ok_and(|jobs| jobs <= self.limits.jobs)
    }

    pub(crate) fn leave(&self) {
        self.jobs.sub(&self.account, 1);
    }

    /// Counts so many bytes that are on their way, until they are [there](Self::unqueue). Returns whether
    /// there was room for them beside the others.
    ///
    /// # Errors
    ///
    /// The run may not have so much memory. They are not counted then.
    pub(crate) fn queue(&self, bytes: usize) -> Result<bool, Excess> {
        if bytes == 0 {
            return Ok(true);
        }
        match self.bytes.add(&self.account, bytes) {
            Ok(sum) => Ok(sum <= self.limits.queued),
            Err(excess) => {
                self.unqueue(bytes);
                Err(excess)
            }
        }
    }

    /// Whether there would be room for so many.
    pub(crate) fn could_queue(&self, bytes: usize) -> bool {
        let sum = self.bytes.there().saturating_add(bytes);
        sum <= self.limits.queued && self.bytes.has_room(&self.account, bytes)
    }

    /// Whether the run would have memory for so many if there were no others: then it is worth waiting until
    /// those are there.
    pub(crate) fn would_have_memory(&self, bytes: usize) -> bool {
        self.account.has_room_without(self.bytes.charged(), bytes as u64)
    }

    pub(crate) fn unqueue(&self, bytes: usize) {
        if bytes > 0 {
            self.bytes.sub(&self.account, bytes);
        }
    }

    /// Charges a result of so many bytes, if they are not few.
    ///
    /// # Errors
    ///
    /// The run may not have so much memory, or would have next to none besides.
    pub(crate) fn charge_result(&self, bytes: usize) -> Result<Charge, Excess> {
        if bytes <= SMALL {
            return Ok(Charge::default());
        }
        Charge::take_leaving(&self.account, bytes as u64, self.limits.memory / RESERVE)
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

    /// Keeps bytes for all instances, and returns their number.
    pub(crate) fn keep_shared(&self, bytes: Vec<u8>, charge: Charge) -> u64 {
        let id = self.next_shared.fetch_add(1, Ordering::Relaxed);
        self.lock_shared().insert(id, Arc::new(Shared { bytes: Arc::new(bytes), charge }));
        id
    }

    /// The bytes of this number, if they are there.
    pub(crate) fn shared(&self, id: u64) -> Option<Arc<Shared>> {
        self.lock_shared().get(&id).cloned()
    }

    /// Gives shared bytes up. Who is reading them may go on.
    pub(crate) fn give_up_shared(&self, id: u64) {
        let mut shared = self.lock_shared();
        let _dropped_later = shared.remove(&id);
        // The table was charged with what was in it.
        if shared.len() < shared.capacity() / 8 {
            shared.shrink_to_fit();
        }
        drop(shared);
    }

    fn lock_shared(&self) -> MutexGuard<'_, HashMap<u64, Arc<Shared>>> {
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

    fn tree(limits: Limits) -> Tree {
        Tree::new(0, &RunConfig { limits, ..RunConfig::default() }, Slots::new(1, 1))
    }

    #[test]
    fn there_is_room_for_so_many_jobs_and_bytes() {
        let tree = tree(Limits { jobs: 2, queued: 10, ..Limits::default() });
        assert!(tree.enter() && tree.enter());
        assert!(!tree.enter());
        tree.leave();
        tree.leave();
        assert!(tree.enter());
        assert!(tree.queue(10).unwrap());
        assert!(tree.queue(0).unwrap(), "nothing needs no room");
        assert!(!tree.queue(1).unwrap());
        tree.unqueue(11);
        assert!(tree.queue(10).unwrap());
    }

    #[test]
    fn jobs_and_their_messages_leave_memory_for_instances() {
        let memory = 16 << 20;
        let tree = tree(Limits { memory, ..Limits::default() });
        let jobs = (0..).take_while(|_| tree.enter()).count();
        assert_eq!(jobs, 4 * 1_024 + JOBS, "a part, and a block that is free");
        assert!(tree.queue(4 << 20).unwrap() && !tree.queue(1).unwrap());
        assert!(tree.queue(16 << 20).is_err() && !tree.could_queue(1));
        assert!(tree.take_memory(memory / 4).is_ok());
        (0..=jobs).for_each(|_| tree.leave());
        tree.unqueue((4 << 20) + 1);
        assert!(tree.take_memory(memory / 4 * 3 - (2 << 20)).is_ok(), "all but what is in reserve");
    }

    #[test]
    fn results_leave_some_memory() {
        let tree = tree(Limits { memory: 8000, ..Limits::default() });
        assert!(tree.charge_result(7001).is_err());
        let result = tree.charge_result(7000).unwrap();
        assert!(tree.charge_result(SMALL + 1).is_err());
        assert!(tree.charge_result(SMALL).is_ok_and(|charge| charge.bytes() == 0));
        drop(result);
        assert!(tree.take_memory(8000).is_ok());
    }
}
