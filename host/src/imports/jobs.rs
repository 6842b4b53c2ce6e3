//! The host's side of `wit/jobs.wit`: the jobs of one instance.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use scheduler::Queued as _;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::bindings::parallel::futures::jobs::{self, Completion, Options};
use crate::bindings::parallel::futures::types;
use crate::event::Event;
use crate::job::{Children, Failure, Job, Observed, Reason, Scheduler, Spec, stop};
use crate::tree::Tree;

/// The jobs that one instance has started, and the job that it runs itself. Dropping it stops those.
pub(crate) struct JobsCtx {
    children: Arc<Children>,
    scheduler: Arc<Scheduler>,
    /// The core that the instance lives on.
    core: usize,
    /// What the instance runs.
    job: Option<Arc<Job>>,
    /// What the guest said before it trapped.
    pub(crate) panic: Option<types::Panic>,
}

impl JobsCtx {
    pub(crate) fn new(tree: Arc<Tree>, scheduler: Arc<Scheduler>, core: usize) -> Self {
        tree.tell(|| Event::InstanceMade { core });
        Self { children: Children::new(tree), scheduler, core, job: None, panic: None }
    }

    pub(crate) fn scheduler(&self) -> &Scheduler {
        &self.scheduler
    }

    pub(crate) fn core(&self) -> usize {
        self.core
    }

    pub(crate) fn children(&self) -> &Arc<Children> {
        &self.children
    }

    /// Whether it is a job that runs, and not main.
    pub(crate) fn is_of_job(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.spec.entry.is_some())
    }

    pub(crate) fn job(&self) -> Option<&Arc<Job>> {
        self.job.as_ref()
    }

    /// Makes this the jobs of another job.
    pub(crate) fn begin(&mut self, job: Arc<Job>) {
        job.adopt(&self.children);
        self.job = Some(job);
        self.panic = None;
    }

    fn tree(&self) -> &Tree {
        self.children.run()
    }

    fn start(&mut self, entry: u32, message: Vec<u8>, options: &Options) -> Option<u32> {
        let (tree, bytes) = (self.tree(), message.len());
        // Who waits for no job would wait in vain for one that makes room.
        if !tree.enter(bytes) && self.children.are_awaited() {
            tree.leave(bytes);
            return None;
        }
        let depth = self.job.as_ref().map_or(0, |job| job.spec.depth) + 1;
        let refusal = self.refuse(depth, bytes);
        let timeout =
            options.timeout.map(Duration::from_nanos).into_iter().chain(tree.limits.job_timeout).min();
        let Options { memory, fresh, .. } = *options;
        let observed = Observed::new(tree);
        let spec = Spec { entry: Some(entry), depth, timeout, memory, fresh, bytes, observed };
        let (job, parent) = (spec.name(), self.job.as_ref().map_or(0, |job| job.spec.name()));
        tree.tell(|| Event::Submitted { job, parent, depth, bytes });
        let job = self.children.add(spec, message);
        let number = job.number();
        match refusal {
            Some(failure) => job.finish(Err(failure)),
            None => self.scheduler.push(self.core, job),
        }
        Some(number)
    }

    /// Why a job like this must not start.
    fn refuse(&self, depth: u32, bytes: usize) -> Option<Failure> {
        let limits = &self.tree().limits;
        if self.job.as_ref().is_some_and(|job| job.is_stopping()) {
            Some(Failure::Refused(types::Refusal::Stopping))
        } else if depth > limits.depth {
            Some(Failure::Refused(types::Refusal::Depth(limits.depth)))
        } else if bytes > limits.message {
            Some(message_too_large(limits.message, bytes))
        } else {
            None
        }
    }

    fn cancel(&mut self, number: u32) {
        if let Some(job) = self.children.forget(number) {
            job.stop(stop(self.tree(), Reason::Forgotten));
            if job.is_stale() {
                self.scheduler.forget(self.core);
            }
        }
    }

    fn completed(&mut self) -> Vec<Completion> {
        let taken = self.children.take().into_iter();
        taken.map(|(job, outcome)| Completion { job, outcome }).collect()
    }
}

impl Drop for JobsCtx {
    fn drop(&mut self) {
        self.children.stop_all(stop(self.tree(), Reason::Forgotten));
        self.children.abandon();
        self.tree().tell(|| Event::InstanceDropped { core: self.core });
    }
}

/// The failure of a job whose message or result has this many bytes.
pub(crate) fn message_too_large(limit: usize, bytes: usize) -> Failure {
    let setting = "--max-message".to_owned();
    Failure::MessageTooLarge(types::Excess { limit: limit as u64, used: bytes as u64, setting })
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

    fn check_message(&mut self, bytes: u64) -> wasmtime::Result<Result<(), Failure>> {
        let limit = self.ctx.tree().limits.message;
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Ok(if bytes > limit { Err(message_too_large(limit, bytes)) } else { Ok(()) })
    }

    fn start(&mut self, entry: u32, message: Vec<u8>, options: Options) -> wasmtime::Result<Option<u32>> {
        #[cfg(test)]
        crate::planted::reached();
        Ok(self.ctx.start(entry, message, &options))
    }

    fn cancel(&mut self, job: u32) -> wasmtime::Result<()> {
        self.ctx.cancel(job);
        Ok(())
    }

    fn completed(&mut self) -> wasmtime::Result<Vec<Completion>> {
        Ok(self.ctx.completed())
    }

    fn subscribe(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let completions = self.table.push(Completions(Arc::clone(&self.ctx.children)))?;
        subscribe(self.table, completions)
    }

    fn subscribe_to(&mut self, job: u32) -> wasmtime::Result<Resource<DynPollable>> {
        let end = self.table.push(End(self.ctx.children.get(job)))?;
        subscribe(self.table, end)
    }

    fn stopping(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.children.is_asked())
    }

    fn panicking(&mut self, panic: types::Panic) -> wasmtime::Result<()> {
        self.ctx.panic = Some(panic);
        Ok(())
    }
}

impl types::Host for JobsCtxView<'_> {}

/// Ready while there is an outcome to take, and from when the instance is asked to stop.
struct Completions(Arc<Children>);

#[async_trait::async_trait]
impl Pollable for Completions {
    async fn ready(&mut self) {
        poll_fn(|context| self.0.poll_ready(context)).await;
    }
}

/// Ready when a job is gone; a number that names no job has none to wait for.
struct End(Option<Arc<Job>>);

#[async_trait::async_trait]
impl Pollable for End {
    async fn ready(&mut self) {
        if let Some(job) = &self.0 {
            poll_fn(|context| job.poll_gone(context)).await;
        }
    }
}
