//! What one core has of one run: its instances without a job, ready for the next.

use std::cell::RefCell;
use std::sync::Arc;

use super::headroom::Registered;
use super::instance::Instance;
use super::running::Running;
use crate::job::call::Job;

/// An instance that is counted among those there are, for as long as it is there.
pub(super) struct Kept {
    pub(super) instance: Instance,
    // Dropped last: then there is room.
    _registered: Registered,
}

impl Kept {
    pub(super) fn new(instance: Instance, registered: Registered) -> Self {
        Self { instance, _registered: registered }
    }

    /// Makes it the instance of another job.
    pub(super) fn reuse(self, job: &Arc<Job>) -> Self {
        Self { instance: self.instance.reuse(job), _registered: self._registered }
    }
}

/// A run on one core. The core lets go of it when the run is over.
pub(super) struct Local {
    /// Which run.
    id: u64,
    /// Instances that have ended a job well, the last used last. Dropped before what they are of.
    warm: RefCell<Vec<Kept>>,
    pub(super) running: Arc<Running>,
}

impl Local {
    pub(super) fn new(running: Arc<Running>) -> Self {
        Self { id: running.id(), warm: RefCell::default(), running }
    }

    /// Whether this is of that run.
    pub(super) fn is_of(&self, run: u64) -> bool {
        self.id == run
    }

    /// Whether this job is to have an instance to itself.
    pub(super) fn is_fresh(job: &Job) -> bool {
        job.tree().fresh || job.spec.fresh
    }

    /// The instance that was used last, of those that this job may have.
    pub(super) fn take_warm(&self, job: &Job) -> Option<Kept> {
        let limit = job.spec.memory.unwrap_or(u64::MAX);
        let mut warm = self.warm.borrow_mut();
        let index = warm.iter().rposition(|kept| kept.instance.memory() <= limit)?;
        Some(warm.remove(index))
    }

    /// How many there are.
    pub(super) fn warm(&self) -> usize {
        self.warm.borrow().len()
    }

    pub(super) fn keep(&self, instance: Kept) {
        self.warm.borrow_mut().push(instance);
    }

    /// Drops the instance that was used first.
    pub(super) fn drop_oldest(&self) {
        let mut warm = self.warm.borrow_mut();
        if !warm.is_empty() {
            drop(warm.remove(0));
        }
    }

    /// Drops all of them.
    pub(super) fn drop_warm(&self) {
        // Nothing is borrowed while they go.
        drop(self.warm.take());
    }
}
