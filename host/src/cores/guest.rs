//! One guest: a job on its core, from the queue to the outcome.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::FutureExt;

use super::local::Local;
use super::thread::{Core, HeldSlot};
use crate::event::{Event, Observer};
use crate::failure;
use crate::instance::{Instance, until_stopping};
use crate::job::{Failure, Job, Outcome};

/// A guest that its core polls: main, or a job.
pub(super) struct Guest {
    future: Pin<Box<dyn Future<Output = ()>>>,
    core: Rc<Core>,
    /// Whether it has given way and would rather go on.
    runnable: bool,
    observed: Option<Observed>,
}

/// Who is told when a guest has its core and when it has not.
struct Observed {
    observer: Observer,
    job: u64,
    is_suspended: bool,
}

impl Guest {
    pub(super) fn new(core: Rc<Core>, job: &Job, future: impl Future<Output = ()> + 'static) -> Self {
        core.gauge.enter();
        let observed = job.run().observer().map(|observer| Observed {
            observer: observer.clone(),
            job: job.spec.name(),
            is_suspended: false,
        });
        Self { future: Box::pin(future), core, runnable: false, observed }
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
        let core = self.core.id;
        if let Some(observed) = &mut self.observed {
            observed.before_poll(core);
        }
        self.core.gauge.before_poll();
        let polled = self.future.as_mut().poll(context);
        let gave_way = self.core.gauge.take_gave_way() && polled.is_pending();
        self.set_runnable(gave_way);
        if let Some(observed) = &mut self.observed
            && polled.is_pending()
        {
            observed.pending(core, gave_way);
        }
        polled
    }
}

impl Observed {
    fn before_poll(&mut self, core: usize) {
        if self.is_suspended {
            self.observer.tell(&Event::Resumed { job: self.job, core });
            self.is_suspended = false;
        }
    }

    fn pending(&mut self, core: usize, gave_way: bool) {
        self.observer.tell(&Event::Suspended { job: self.job, core, gave_way });
        self.is_suspended = true;
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
    let Some(local) = core.local(job) else { return Err(Failure::Cancelled) };
    let mut instance = core.instance(&local, job).await?;
    let (outcome, is_reusable) = instance.run(job, &message).await;
    if is_reusable && !local.is_fresh(job) && !job.run().is_short_of_memory() {
        core.keep(&local, instance);
    }
    outcome
}

impl Core {
    /// A warm instance of this core, or a fresh one.
    async fn instance(&self, local: &Local, job: &Arc<Job>) -> Result<Instance, Failure> {
        let warm = if local.is_fresh(job) { None } else { local.take_warm(job) };
        self.tell_start(job, warm.is_none());
        if let Some(instance) = warm {
            return Ok(instance.reuse(job));
        }
        let fresh = pin!(Instance::new(&local.running.app, self.state(local), job));
        // If it is to stop meanwhile, nobody reads the failure.
        until_stopping(fresh, job).await.unwrap_or(Err(Failure::Cancelled))
    }

    /// Tells that this job has begun here.
    pub(super) fn tell_start(&self, job: &Job, fresh: bool) {
        let Some(observed) = &job.spec.observed else { return };
        let (name, core, queued) = (observed.name, self.id, observed.submitted.elapsed());
        _ = observed.core.set(core);
        job.run().tell(|| Event::Started { job: name, core, fresh, queued });
    }
}
