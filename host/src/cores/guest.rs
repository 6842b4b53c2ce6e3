//! One guest: a job on its core, from the queue to the outcome.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::thread::{Core, HeldSlot};
use crate::failure;
use crate::instance::{Instance, until_stopping};
use crate::job::{Failure, Job, Outcome};

/// A guest that its core polls: main, or a job.
pub(super) struct Guest {
    future: Pin<Box<dyn Future<Output = ()>>>,
    core: Rc<Core>,
    /// Whether it has given way and would rather go on.
    runnable: bool,
}

impl Guest {
    pub(super) fn new(core: Rc<Core>, future: impl Future<Output = ()> + 'static) -> Self {
        core.gauge.enter();
        Self { future: Box::pin(future), core, runnable: false }
    }

    fn set_runnable(&mut self, runnable: bool) {
        let count = self.core.runnable.get() - usize::from(self.runnable) + usize::from(runnable);
        self.core.runnable.set(count);
        self.runnable = runnable;
    }
}

impl Future for Guest {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.core.gauge.before_poll();
        let polled = self.future.as_mut().poll(context);
        let gave_way = self.core.gauge.take_gave_way() && polled.is_pending();
        self.set_runnable(gave_way);
        polled
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.set_runnable(false);
        self.core.gauge.leave();
    }
}

/// Runs a job that was taken from a queue, and tells its parent when the instance is back in the pool
/// or gone, and all that the job started is gone.
pub(super) async fn run(core: Rc<Core>, job: Arc<Job>, slot: HeldSlot) {
    let Some(message) = job.claim() else { return };
    let outcome = AssertUnwindSafe(run_claimed(&core, &job, message)).catch_unwind().await;
    drop(slot);
    job.finish(outcome.unwrap_or_else(|panic| Err(failure::of_host(&*panic))));
}

async fn run_claimed(core: &Core, job: &Arc<Job>, message: Vec<u8>) -> Outcome {
    let mut instance = core.instance(job).await?;
    let (outcome, is_reusable) = instance.run(job, &message).await;
    if is_reusable && !core.is_fresh(job) && !job.run().is_short_of_memory() {
        core.keep(instance);
    }
    outcome
}

impl Core {
    /// A warm instance of this core, or a fresh one.
    async fn instance(&self, job: &Arc<Job>) -> Result<Instance, Failure> {
        if !self.is_fresh(job) {
            let mut warm = self.warm.borrow_mut();
            let limit = job.spec.memory.unwrap_or(u64::MAX);
            if let Some(index) = warm.iter().rposition(|instance| instance.memory() <= limit) {
                return Ok(warm.remove(index).reuse(job));
            }
        }
        let fresh = pin!(Instance::new(&self.shared.app, self.state(), job));
        // If it is to stop meanwhile, nobody reads the failure.
        until_stopping(fresh, job).await.unwrap_or(Err(Failure::Cancelled))
    }

    fn is_fresh(&self, job: &Job) -> bool {
        self.shared.fresh || job.spec.fresh
    }
}
