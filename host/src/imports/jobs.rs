//! The host's side of `wit/jobs.wit`: the jobs of one instance.

use std::future::poll_fn;
use std::sync::Arc;

use slab::Slab;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::bindings::parallel::futures::jobs::{self, Completion};
use crate::bindings::parallel::futures::types;
use crate::job::{Failure, Inbox, Job};
use crate::scheduler::Scheduler;

/// How deep jobs may be nested: each level keeps an instance, so endless recursion has to end
/// somewhere.
pub(crate) const MAX_DEPTH: u32 = 64;

/// The most bytes that a message or a result may have.
pub(crate) const MAX_MESSAGE: usize = 1 << 30;

/// The jobs that one instance has started. Dropping it cancels them.
pub(crate) struct JobsCtx {
    children: Slab<Arc<Job>>,
    inbox: Arc<Inbox>,
    scheduler: Arc<Scheduler<Arc<Job>>>,
    /// The core that the instance lives on.
    core: usize,
    /// How deep the instance's own job is nested; 0 for main.
    pub(crate) depth: u32,
    /// What the guest said before it trapped.
    pub(crate) panic: Option<types::Panic>,
}

impl JobsCtx {
    pub(crate) fn new(scheduler: Arc<Scheduler<Arc<Job>>>, core: usize) -> Self {
        Self { children: Slab::new(), inbox: Arc::default(), scheduler, core, depth: 0, panic: None }
    }

    pub(crate) fn scheduler(&self) -> &Scheduler<Arc<Job>> {
        &self.scheduler
    }

    pub(crate) fn core(&self) -> usize {
        self.core
    }

    /// Cancels all that this instance has started, and forgets what has come in.
    pub(crate) fn cancel_all(&mut self) {
        if !self.children.is_empty() {
            self.children.drain().for_each(|job| job.cancel());
            self.inbox.take();
        }
    }

    fn start(&mut self, entry: u32, message: Vec<u8>) -> u32 {
        let slot = self.children.vacant_entry();
        // More jobs than numbers would need more memory than there is.
        let number = u32::try_from(slot.key()).unwrap_or(u32::MAX);
        let depth = self.depth + 1;
        let refusal = if depth > MAX_DEPTH {
            Some(Failure::Refused(types::Refusal::Depth(MAX_DEPTH)))
        } else if message.len() > MAX_MESSAGE {
            Some(message_too_large(message.len()))
        } else {
            None
        };
        let job = Arc::new(Job::new(entry, message, number, depth, Arc::clone(&self.inbox)));
        slot.insert(Arc::clone(&job));
        match refusal {
            Some(failure) => job.complete(Err(failure)),
            None => self.scheduler.push(self.core, job),
        }
        number
    }

    fn cancel(&mut self, number: u32) {
        if let Some(job) = self.children.try_remove(number as usize) {
            job.cancel();
        }
    }

    fn completed(&mut self) -> Vec<Completion> {
        let mut completions = Vec::new();
        for (job, outcome) in self.inbox.take() {
            // The number may be that of another job by now, if this one was cancelled too late.
            let number = job.number as usize;
            if self.children.get(number).is_some_and(|child| Arc::ptr_eq(child, &job)) {
                self.children.remove(number);
                completions.push(Completion { job: job.number, outcome });
            }
        }
        completions
    }
}

impl Drop for JobsCtx {
    fn drop(&mut self) {
        self.cancel_all();
    }
}

/// The failure of a job whose message or result has this many bytes.
pub(crate) fn message_too_large(bytes: usize) -> Failure {
    Failure::MessageTooLarge(types::Excess { limit: MAX_MESSAGE as u64, used: bytes as u64 })
}

/// The jobs of an instance, with the table that its pollables live in.
pub(crate) struct JobsCtxView<'a> {
    pub(crate) ctx: &'a mut JobsCtx,
    pub(crate) table: &'a mut ResourceTable,
}

/// How to get at the jobs of an instance.
pub(crate) trait JobsView: Send {
    fn jobs(&mut self) -> JobsCtxView<'_>;
}

struct HasJobs;

impl HasData for HasJobs {
    type Data<'a> = JobsCtxView<'a>;
}

pub(crate) fn add_to_linker<T: JobsView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    jobs::add_to_linker::<T, HasJobs>(linker, T::jobs)
}

impl jobs::Host for JobsCtxView<'_> {
    fn cores(&mut self) -> wasmtime::Result<u32> {
        Ok(u32::try_from(self.ctx.scheduler.cores())?)
    }

    fn start(&mut self, entry: u32, message: Vec<u8>) -> wasmtime::Result<u32> {
        Ok(self.ctx.start(entry, message))
    }

    fn cancel(&mut self, job: u32) -> wasmtime::Result<()> {
        self.ctx.cancel(job);
        Ok(())
    }

    fn completed(&mut self) -> wasmtime::Result<Vec<Completion>> {
        Ok(self.ctx.completed())
    }

    fn subscribe(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let completions = self.table.push(Completions(Arc::clone(&self.ctx.inbox)))?;
        subscribe(self.table, completions)
    }

    fn subscribe_to(&mut self, job: u32) -> wasmtime::Result<Resource<DynPollable>> {
        let end = self.table.push(End(self.ctx.children.get(job as usize).cloned()))?;
        subscribe(self.table, end)
    }

    fn panicking(&mut self, panic: types::Panic) -> wasmtime::Result<()> {
        self.ctx.panic = Some(panic);
        Ok(())
    }
}

impl types::Host for JobsCtxView<'_> {}

/// Ready while the inbox has something.
struct Completions(Arc<Inbox>);

#[async_trait::async_trait]
impl Pollable for Completions {
    async fn ready(&mut self) {
        poll_fn(|context| self.0.poll_ready(context)).await;
    }
}

/// Ready when a job has come to its end; a number that names no job has none to wait for.
struct End(Option<Arc<Job>>);

#[async_trait::async_trait]
impl Pollable for End {
    async fn ready(&mut self) {
        if let Some(job) = &self.0 {
            poll_fn(|context| job.poll_end(context)).await;
        }
    }
}
