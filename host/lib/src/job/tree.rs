//! The state that the jobs of one run share: its limits, the use of them, and its observer.

use std::collections::HashMap;
#[cfg(feature = "cluster")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use scheduler::Slots;

use super::account::{Account, Charge, Excess};
use super::bulk::Bulk;
#[cfg(feature = "cluster")]
use super::distribution::Distribution;
use crate::config::{Limits, RunConfig};
use crate::error::Setting;
use crate::observe::event::{Event, Observer};

/// A result, or the texts of a failure, of at most this many bytes is included in the price of its job.
pub(crate) const SMALL: usize = 256;

/// The most bytes that the host keeps of a job, besides its message and its items. They include the job
/// itself, its entries in the tables of its parent and in a queue, and a result that is [small](SMALL). The
/// overhead of an allocator, and of tables that have just doubled their capacity, is included.
const JOB: u64 = 1 << 10;

/// Jobs are charged in blocks of this many. The first block is free, so a run with fewer jobs pays nothing.
const JOBS: usize = 1_024;

/// Messages and items are charged in blocks of this many bytes.
const BYTES: usize = 1 << 20;

/// Waiting jobs may use the memory divided by this, and messages and items as much again. With more, no
/// memory would be left for the instances that work on them.
const PART: u64 = 4;

/// Results leave the memory divided by this free, so that a parent has room for the first results that it
/// takes.
const RESERVE: u64 = 8;

/// The first number of bytes that are shared in a run of another machine. It is above all of the owner, so that a
/// job that is sent with a number of its owner does not get other bytes.
const FIRST_REMOTE: u64 = 1 << 62;

/// All jobs of one run.
#[derive(Debug)]
pub(crate) struct Tree {
    /// The number of the run, unique in its host.
    pub(crate) id: u64,
    pub(crate) limits: Limits,
    pub(crate) slots: Slots,
    /// Whether every job has an instance of its own.
    pub(crate) fresh: bool,
    grace: Duration,
    observer: Option<Observer>,
    setting_name: fn(Setting) -> &'static str,
    /// The number of the next job in events.
    next_job: AtomicU64,
    /// The jobs that still exist in any form. The core that starts a job writes here, and mostly the core
    /// that takes its outcome, so that cores rarely contend for the cache line.
    jobs: Bulk,
    /// The bytes of their messages, and of items that they have sent and their parents have not taken.
    bytes: Bulk,
    /// The memory of all instances, and what the host keeps for them.
    account: Arc<Account>,
    /// The bytes that any instance may read, by number.
    shared: Mutex<HashMap<u64, Arc<Shared>>>,
    next_shared: AtomicU64,
    /// What is known about other machines, if jobs may leave for them.
    #[cfg(feature = "cluster")]
    distribution: OnceLock<Distribution>,
}

/// Bytes that any instance may read, and the charge that pays for them while any reader is left.
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
            setting_name: config.setting_name,
            next_job: AtomicU64::new(0),
            jobs: Bulk::new(JOBS, JOB),
            bytes: Bulk::new(BYTES, 1),
            account: Account::new(config.limits.memory, (config.setting_name)(Setting::Memory)),
            shared: Mutex::default(),
            next_shared: AtomicU64::new(if config.is_remote { FIRST_REMOTE } else { 0 }),
            #[cfg(feature = "cluster")]
            distribution: OnceLock::new(),
        }
    }

    /// Returns the name of a setting, for the texts of failures.
    pub(crate) fn setting_name(&self, setting: Setting) -> &'static str {
        (self.setting_name)(setting)
    }

    /// Emits an event to the observer, if there is one.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer.tell(&event(), Instant::now());
        }
    }

    /// Emits an event of something that happened at this time.
    pub(crate) fn tell_of(&self, at: Instant, event: impl FnOnce() -> Event) {
        if let Some(observer) = &self.observer {
            observer.tell(&event(), at);
        }
    }

    /// Returns whether there is an observer.
    pub(crate) fn is_observed(&self) -> bool {
        self.observer.is_some()
    }

    /// Returns the number of a new job, if there is an observer.
    pub(crate) fn number_job(&self) -> Option<u64> {
        self.observer.as_ref().map(|_| self.next_job.fetch_add(1, Ordering::Relaxed))
    }

    /// Returns the deadline of a job that is requested to stop now.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.grace
    }

    /// Counts one more job. Returns whether there was room for it.
    ///
    /// The job is counted in any case: a caller that does not start it must [leave](Self::leave) again.
    pub(crate) fn enter(&self) -> bool {
        self.jobs.add(&self.account, 1).is_ok_and(|jobs| jobs <= self.limits.jobs)
    }

    /// Returns whether there is room for one more job.
    pub(crate) fn has_room(&self) -> bool {
        self.jobs.there() < self.limits.jobs && self.jobs.has_room(&self.account, 1)
    }

    pub(crate) fn leave(&self) {
        self.jobs.sub(&self.account, 1);
    }

    /// Counts this many bytes in transit, until they are [removed](Self::unqueue). Returns whether there was
    /// room for them.
    ///
    /// # Errors
    ///
    /// The run has no memory for them. They are not counted then.
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

    /// Returns whether there is room for this many more bytes in transit.
    pub(crate) fn could_queue(&self, bytes: usize) -> bool {
        let sum = self.bytes.there().saturating_add(bytes);
        sum <= self.limits.queued && self.bytes.has_room(&self.account, bytes)
    }

    /// Returns whether the run would have memory for this many bytes if no others were in transit. If so,
    /// waiting for the others to arrive may succeed.
    pub(crate) fn would_have_memory(&self, bytes: usize) -> bool {
        self.account.has_room_without(self.bytes.charged(), bytes as u64)
    }

    pub(crate) fn unqueue(&self, bytes: usize) {
        if bytes > 0 {
            self.bytes.sub(&self.account, bytes);
        }
    }

    /// Charges a result of this many bytes, unless it is [small](SMALL).
    ///
    /// # Errors
    ///
    /// The run has no memory for it, or would have too little left for its parent.
    pub(crate) fn charge_result(&self, bytes: usize) -> Result<Charge, Excess> {
        if bytes <= SMALL {
            return Ok(Charge::default());
        }
        Charge::take_leaving(&self.account, bytes as u64, self.limits.memory / RESERVE)
    }

    /// Returns the account of the run. Everything that a guest can make the host keep is charged to it.
    pub(crate) fn account(&self) -> &Arc<Account> {
        &self.account
    }

    /// Takes this many more bytes of memory, all or none.
    ///
    /// # Errors
    ///
    /// The run would exceed its limit.
    pub(crate) fn take_memory(&self, bytes: u64) -> Result<(), Excess> {
        self.account.take(bytes)
    }

    pub(crate) fn give_back_memory(&self, bytes: u64) {
        self.account.give_back(bytes);
    }

    /// Keeps bytes for all instances. Returns their number.
    pub(crate) fn keep_shared(&self, bytes: Vec<u8>, charge: Charge) -> u64 {
        let id = self.next_shared.fetch_add(1, Ordering::Relaxed);
        self.lock_shared().insert(id, Arc::new(Shared { bytes: Arc::new(bytes), charge }));
        id
    }

    /// Returns the shared bytes with this number, if they exist.
    pub(crate) fn shared(&self, id: u64) -> Option<Arc<Shared>> {
        self.lock_shared().get(&id).cloned()
    }

    /// Removes shared bytes. Existing readers keep them.
    pub(crate) fn give_up_shared(&self, id: u64) {
        let mut shared = self.lock_shared();
        let _dropped_later = shared.remove(&id);
        // The charge covered the table with its entries, so a table with few entries must shrink.
        if shared.len() < shared.capacity() / 8 {
            shared.shrink_to_fit();
        }
        drop(shared);
    }

    /// Returns whether any bytes are shared.
    #[cfg(feature = "cluster")]
    pub(crate) fn has_shared(&self) -> bool {
        !self.lock_shared().is_empty()
    }

    /// Lets jobs leave for other machines, once.
    #[cfg(feature = "cluster")]
    pub(crate) fn set_distribution(&self, distribution: Distribution) {
        _ = self.distribution.set(distribution);
    }

    /// Returns what is known about other machines, if jobs may leave for them.
    #[cfg(feature = "cluster")]
    pub(crate) fn distribution(&self) -> Option<&Distribution> {
        self.distribution.get()
    }

    /// Returns how many jobs other machines run at a time.
    pub(crate) fn cores_of_nodes(&self) -> u32 {
        #[cfg(feature = "cluster")]
        let cores = self.distribution().map_or(0, Distribution::cores);
        #[cfg(not(feature = "cluster"))]
        let cores = 0;
        cores
    }

    fn lock_shared(&self) -> MutexGuard<'_, HashMap<u64, Arc<Shared>>> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether more than half of the memory is used, so that no memory should be kept unused.
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
