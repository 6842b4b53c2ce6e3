//! A job that holds a slot, and the core that runs it.

use std::rc::Rc;
use std::sync::Arc;

use scheduler::Slot;

use super::core::Core;
use crate::job::call::Job;

/// A job that was taken from a queue, with its slot. Dropping it gives the slot back.
pub(super) struct Admitted {
    pub(super) core: Rc<Core>,
    pub(super) job: Arc<Job>,
    slot: Option<Slot>,
}

impl Admitted {
    pub(super) fn new(core: &Rc<Core>, job: Arc<Job>, slot: Slot) -> Self {
        Self { core: Rc::clone(core), job, slot: Some(slot) }
    }

    /// Gives the slot back, and returns the job.
    pub(super) fn give_back(mut self) -> Arc<Job> {
        self.free();
        Arc::clone(&self.job)
    }

    fn free(&mut self) {
        let slots = &self.job.tree().slots;
        if self.slot.take().is_some_and(|slot| slots.give_back(slot)) {
            self.core.shared.scheduler.wake_all();
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.free();
    }
}
