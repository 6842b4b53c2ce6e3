//! One guest: a job on its core, from the queue to the outcome.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::thread::Core;
use crate::bindings::parallel::futures::types::Refusal;
use crate::failure;
use crate::instance::{Instance, is_broken};
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

/// Runs a job that was taken from a queue, and tells its parent.
///
/// The parent hears of the outcome when the instance is back in the pool or gone. Jobs that this
/// one has started and not waited for have been cancelled by then, but may take a tick to end.
pub(super) async fn run(core: Rc<Core>, job: Arc<Job>) {
    let Some(message) = job.claim() else { return };
    let slot = core.take_slot();
    let outcome = AssertUnwindSafe(run_claimed(&core, &job, message)).catch_unwind().await;
    drop(slot);
    match outcome {
        Ok(Some(outcome)) => job.complete(outcome),
        // Cancelled: nobody waits for an outcome.
        Ok(None) => {}
        Err(panic) => job.complete(Err(failure::of_host(&*panic))),
    }
}

async fn run_claimed(core: &Core, job: &Arc<Job>, message: Vec<u8>) -> Option<Outcome> {
    let mut instance = match core.instance(job).await? {
        Ok(instance) => instance,
        Err(failure) => return Some(Err(failure)),
    };
    let outcome = until_cancelled(job, instance.run(job, &message)).await?;
    if !is_broken(&outcome) {
        core.keep(instance);
    }
    Some(outcome)
}

impl Core {
    /// A warm instance of this core, or a fresh one. `None` if the job is cancelled meanwhile.
    async fn instance(&self, job: &Job) -> Option<Result<Instance, Failure>> {
        if let Some(instance) = self.warm.borrow_mut().pop() {
            return Some(Ok(instance));
        }
        if self.shared.app.worker.is_none() {
            return Some(Err(Failure::Refused(Refusal::NoWorker)));
        }
        let fresh = until_cancelled(job, Instance::new(&self.shared.app, self.state())).await?;
        Some(fresh.map_err(|error| Failure::Refused(Refusal::NoInstance(format!("{error:#}")))))
    }
}

/// Polls a future until it is ready, or its job is cancelled.
async fn until_cancelled<F: Future>(job: &Job, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => job.poll_cancelled(context).map(|()| None),
    })
    .await
}
