//! What one core has of one run: its instances without a job, ready for the next.

use std::cell::RefCell;
use std::sync::Arc;

use super::running::Running;
use crate::instance::Instance;
use crate::job::Job;

/// A run on one core. The core lets go of it when the run is over.
pub(super) struct Local {
    /// Which run.
    id: u64,
    /// Instances that have ended a job well, the last used last. Dropped before what they are of.
    warm: RefCell<Vec<Instance>>,
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
        job.run().fresh || job.spec.fresh
    }

    /// The instance that was used last, of those that this job may have.
    pub(super) fn take_warm(&self, job: &Job) -> Option<Instance> {
        let limit = job.spec.memory.unwrap_or(u64::MAX);
        let mut warm = self.warm.borrow_mut();
        let index = warm.iter().rposition(|instance| instance.memory() <= limit)?;
        Some(warm.remove(index))
    }

    /// How many there are.
    pub(super) fn warm(&self) -> usize {
        self.warm.borrow().len()
    }

    pub(super) fn keep(&self, instance: Instance) {
        self.warm.borrow_mut().push(instance);
    }

    /// Drops the instance that was used first.
    pub(super) fn drop_oldest(&self) {
        let mut warm = self.warm.borrow_mut();
        if !warm.is_empty() {
            drop(warm.remove(0));
        }
    }
}
