//! The job that an instance runs now, readable from outside its Store.
//!
//! An instance may continue with the next job within one call (`next` in `wit/jobs.wit`). The future that
//! polls the call cannot read the Store meanwhile, and looks up the current job here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Job;

/// The job of one instance. Only the thread of its core uses this.
#[derive(Debug, Default)]
pub(crate) struct CurrentJob(Mutex<Option<Arc<Job>>>);

impl CurrentJob {
    /// Creates the record of an instance that runs this job.
    pub(crate) fn of(job: &Arc<Job>) -> Self {
        Self(Mutex::new(Some(Arc::clone(job))))
    }

    pub(crate) fn set(&self, job: &Arc<Job>) {
        *self.lock() = Some(Arc::clone(job));
    }

    /// Removes and returns the job.
    pub(crate) fn take(&self) -> Option<Arc<Job>> {
        self.lock().take()
    }

    /// Returns the job, if there is one.
    pub(crate) fn job(&self) -> Option<Arc<Job>> {
        self.lock().clone()
    }

    /// Calls a function with the job, if there is one.
    pub(crate) fn with<T>(&self, call: impl FnOnce(&Arc<Job>) -> T) -> Option<T> {
        self.lock().as_ref().map(call)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
