//! Which job an instance runs, as seen from outside of it.
//!
//! An instance may go from one job to the next within one call (`next` in `wit/jobs.wit`). Who polls that
//! call cannot look into the Store meanwhile, and finds here whose call it is by now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::call::Job;

/// The job of one instance. Only the thread of its core uses it.
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
