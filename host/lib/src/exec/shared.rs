//! The state that all cores of a host share.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};

use scheduler::Slots;

use super::headroom::Headroom;
use super::running::Running;
use super::tasks::Tasks;
use super::ticker::Ticker;
use crate::Error;
use crate::job::call::Scheduler;
use crate::machine::Cpus;

/// The state that all cores of a host share.
pub(super) struct Shared {
    pub(super) scheduler: Arc<Scheduler>,
    pub(super) slots: Slots,
    pub(super) headroom: Arc<Headroom>,
    /// How many warm instances a core keeps.
    pub(super) max_warm: usize,
    pub(super) cpus: Cpus,
    /// Limits the warning that a core could not be bound to its CPU to one.
    pub(super) unbound: Once,
    /// `None` if preemption is disabled, so that guests compute until they wait.
    pub(super) ticker: Option<Ticker>,
    pub(super) runs: Mutex<Runs>,
    /// How many runs have ended, so that a core can tell whether it has local records to drop.
    pub(super) ended: AtomicU64,
    /// The tasks of each core, from when it is ready.
    pub(super) tasks: Box<[OnceLock<Tasks>]>,
}

/// The runs of a host.
pub(super) struct Runs {
    pub(super) running: HashMap<u64, Arc<Running>>,
    /// How many runs were ever started.
    pub(super) started: u64,
    pub(super) max: usize,
    /// Why the cores have ended, if one failed.
    pub(super) error: Option<Error>,
}

impl Shared {
    pub(super) fn runs(&self) -> MutexGuard<'_, Runs> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends all cores, because one of them has ended. If it panicked, the jobs in its queue would never run,
    /// and their parents would wait forever.
    pub(super) fn give_up(&self, error: Option<Error>) {
        self.scheduler.shut_down();
        let mut runs = self.runs();
        runs.error = runs.error.take().or(error);
        let running = runs.running.values().map(Arc::clone).collect::<Vec<_>>();
        // Unlocked first: the end of main is an event, and its observer may read the usage of the host.
        drop(runs);
        running.iter().for_each(|running| running.give_up());
    }
}
