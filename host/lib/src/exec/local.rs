//! The local record of a run on one core: its warm instances, ready for the next job.

use std::cell::RefCell;
use std::sync::Arc;

use super::headroom::Registered;
use super::instance::Instance;
use super::running::Running;
use crate::job::call::Job;

/// An instance with its registration in the headroom.
pub(super) struct Kept {
    pub(super) instance: Instance,
    // Dropped after the instance, because only then is there room.
    _registered: Registered,
}

impl Kept {
    pub(super) fn new(instance: Instance, registered: Registered) -> Self {
        Self { instance, _registered: registered }
    }

    /// Assigns another job to the instance.
    pub(super) fn reuse(self, job: &Arc<Job>) -> Self {
        Self { instance: self.instance.reuse(job), _registered: self._registered }
    }
}

/// A run on one core. The core drops it when the run is over.
pub(super) struct Local {
    /// The number of the run.
    id: u64,
    /// Instances whose last job ended well, the most recently used last. Dropped before `running`.
    warm: RefCell<Vec<Kept>>,
    pub(super) running: Arc<Running>,
}

impl Local {
    pub(super) fn new(running: Arc<Running>) -> Self {
        Self { id: running.id(), warm: RefCell::default(), running }
    }

    /// Returns whether this is the record of that run.
    pub(super) fn is_of(&self, run: u64) -> bool {
        self.id == run
    }

    /// Returns whether this job needs an instance of its own.
    pub(super) fn is_fresh(job: &Job) -> bool {
        job.tree().fresh || job.spec.fresh
    }

    /// Returns the most recently used instance whose memory is within the limit of this job.
    pub(super) fn take_warm(&self, job: &Job) -> Option<Kept> {
        let limit = job.spec.memory.unwrap_or(u64::MAX);
        let mut warm = self.warm.borrow_mut();
        let index = warm.iter().rposition(|kept| kept.instance.memory() <= limit)?;
        Some(warm.remove(index))
    }

    /// Returns how many warm instances there are.
    pub(super) fn warm(&self) -> usize {
        self.warm.borrow().len()
    }

    pub(super) fn keep(&self, instance: Kept) {
        self.warm.borrow_mut().push(instance);
    }

    /// Drops the least recently used instance.
    pub(super) fn drop_oldest(&self) {
        let mut warm = self.warm.borrow_mut();
        if !warm.is_empty() {
            drop(warm.remove(0));
        }
    }

    /// Drops all warm instances.
    pub(super) fn drop_warm(&self) {
        // `take` ends the borrow before the instances are dropped.
        drop(self.warm.take());
    }
}
