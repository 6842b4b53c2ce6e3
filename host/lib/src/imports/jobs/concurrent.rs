//! The host's side of `wit/wasi03/jobs.wit`: a job as one async function.
//!
//! The engine polls the call of a guest as a future, and drops it if the guest cancels the call. So a call is a job
//! of its instance from its first poll, and a dropped call stops its job.

use std::future::poll_fn;
use std::sync::Arc;

use scheduler::Queued as _;
use tokio::sync::Notify;
use wasmtime::component::{Accessor, Linker};

use super::options::RunOptions;
use super::{JobsCtx, JobsView, copy};
use crate::job::account::Charge;
use crate::job::call::{Children, Failure, Job, Reason, Scheduler, stop};
use crate::job::lift::Span;
use crate::job::outcome::Outcome;

/// The parameters and the result of `run`.
type Called = (u32, Span, RunOptions);
type Returned = (Result<Vec<u8>, Failure>,);

/// Adds the function to the linker, whose engine supports concurrency.
pub(crate) fn add_to_linker<T: JobsView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut interface = linker.instance("parallel:futures/jobs@0.3.0-draft")?;
    interface.func_wrap_concurrent("run", |accessor: &Accessor<T>, called: Called| {
        Box::pin(async move { Ok(run(accessor, called).await) })
    })
}

/// Runs a job, and returns its outcome.
async fn run<T: JobsView + 'static>(accessor: &Accessor<T>, (entry, message, options): Called) -> Returned {
    // Until the first await, the guest is suspended in its call, and the message is where it was.
    let bytes = message.len();
    let first = with(accessor, |jobs| jobs.call(entry, bytes, || copy(&message), options.clone()));
    let call = match first {
        Some(call) => call,
        None => {
            let kept = with(accessor, |jobs| {
                let charge = Charge::take(jobs.tree().account(), bytes as u64)?;
                Ok((copy(&message), charge, Arc::clone(&jobs.room)))
            });
            match kept {
                Ok((message, charge, room)) => {
                    let call = wait(accessor, &room, entry, message, options).await;
                    drop(charge);
                    call
                }
                Err(excess) => return (Err(Failure::OutOfMemory(excess)),),
            }
        }
    };
    let Some(outcome) = call.end().await else { return (Err(Failure::Cancelled),) };
    // The engine copies the value when this returns, and before it polls another call.
    with(accessor, |jobs| {
        jobs.handed.clear();
        jobs.handed.keep(outcome.charge);
    });
    (outcome.value,)
}

/// Starts a job when there is room for it. Each end of another job may make room for several.
async fn wait<T: JobsView + 'static>(
    accessor: &Accessor<T>,
    room: &Notify,
    entry: u32,
    mut message: Vec<u8>,
    options: RunOptions,
) -> Call {
    loop {
        room.notified().await;
        let bytes = message.len();
        let take = || std::mem::take(&mut message);
        if let Some(call) = with(accessor, |jobs| jobs.call(entry, bytes, take, options.clone())) {
            room.notify_one();
            return call;
        }
    }
}

fn with<T: JobsView + 'static, R>(accessor: &Accessor<T>, f: impl FnOnce(&mut JobsCtx) -> R) -> R {
    accessor.with(|mut access| f(access.get().jobs().ctx))
}

impl JobsCtx {
    /// Starts the job of a call, if there is room for it.
    fn call(
        &mut self,
        entry: u32,
        bytes: usize,
        message: impl FnOnce() -> Vec<u8>,
        options: RunOptions,
    ) -> Option<Call> {
        let number = self.start(entry, bytes, message, options.into())?;
        let job = self.children.get(number)?;
        let (children, room) = (Arc::clone(&self.children), Arc::clone(&self.room));
        Some(Call { job, children, room, scheduler: Arc::clone(&self.scheduler), core: self.core })
    }
}

/// The job of a call that has not returned. Dropping it stops the job.
struct Call {
    job: Arc<Job>,
    children: Arc<Children>,
    room: Arc<Notify>,
    scheduler: Arc<Scheduler>,
    core: usize,
}

impl Call {
    /// Waits until the job is gone. Returns its outcome, if it is not forgotten.
    async fn end(self) -> Option<Outcome> {
        poll_fn(|context| self.job.poll_gone(context)).await;
        self.children.take_of(&self.job)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Self { job, children, room, scheduler, core } = self;
        // If the outcome was taken, another job may have the number.
        let is_known = children.get(job.number()).is_some_and(|known| Arc::ptr_eq(&known, job));
        if is_known && children.forget(job.number()).is_some() {
            job.stop(stop(children.tree(), Reason::Forgotten));
            if job.is_stale() {
                scheduler.count_stale(*core);
            }
        }
        room.notify_one();
    }
}
