//! The host's side of `wit/jobs.wit`: the jobs of one instance.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use scheduler::{Queued as _, Sent};
use wasmtime::StoreContextMut;
use wasmtime::component::{HasData, Linker, Resource, WasmList};
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

use crate::bindings::parallel::futures::jobs::{self, Completion, Item, Options};
use crate::bindings::parallel::futures::types;
use crate::event::Event;
use crate::items::Items;
use crate::job::{Children, Claimed, Failure, Job, Names, Observed, Reason, Scheduler, Seat, Spec, stop};
use crate::shares::Shares;
use crate::table::Table;
use crate::tree::Tree;

/// The jobs that one instance has started, and the job that it runs itself. Dropping it stops those.
pub(crate) struct JobsCtx {
    children: Arc<Children>,
    items: Arc<Items>,
    shares: Shares,
    names: Names,
    scheduler: Arc<Scheduler>,
    /// The core that the instance lives on.
    core: usize,
    /// What the instance runs.
    job: Option<Arc<Job>>,
    /// The same, for those outside of it.
    seat: Arc<Seat>,
    /// What the guest said before it trapped.
    pub(crate) panic: Option<types::Panic>,
}

impl JobsCtx {
    pub(crate) fn new(tree: Arc<Tree>, scheduler: Arc<Scheduler>, core: usize) -> Self {
        tree.tell(|| Event::InstanceMade { core });
        let (items, shares, names) = (Arc::default(), Shares::new(Arc::clone(&tree)), Names::default());
        let (children, seat) = (Children::new(tree), Arc::default());
        Self { children, items, shares, names, scheduler, core, job: None, seat, panic: None }
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

    pub(crate) fn seat(&self) -> &Arc<Seat> {
        &self.seat
    }

    pub(crate) fn job(&self) -> Option<&Arc<Job>> {
        self.job.as_ref()
    }

    /// Makes this the jobs of another job.
    pub(crate) fn begin(&mut self, job: &Arc<Job>) {
        job.adopt(&self.children);
        if let Some(channel) = &job.spec.items {
            self.items.begin(channel);
        }
        self.seat.set(job);
        self.job = Some(Arc::clone(job));
        self.panic = None;
    }

    /// Its job has ended, and all that it started is gone: forgets what that leaves.
    ///
    /// Returns that job.
    pub(crate) fn end(&mut self) -> Option<Arc<Job>> {
        self.children.clear();
        self.items.clear();
        self.shares.clear();
        self.job.take()
    }

    fn tree(&self) -> &Tree {
        self.children.run()
    }

    fn start(&mut self, entry: u32, message: Vec<u8>, options: Options) -> Option<u32> {
        let (tree, bytes) = (self.children.run(), message.len());
        // Who waits for no job would wait in vain for one that makes room.
        if !tree.enter(bytes) && self.children.are_awaited() {
            tree.leave();
            tree.unqueue(bytes);
            return None;
        }
        let depth = self.job.as_ref().map_or(0, |job| job.spec.depth) + 1;
        let refusal = self.refuse(depth, bytes);
        let timeout =
            options.timeout.map(Duration::from_nanos).into_iter().chain(tree.limits.job_timeout).min();
        let Options { memory, fresh, window, name, .. } = options;
        let items = (window > 0).then(|| self.items.channel(tree, window));
        let observed = Observed::new(tree);
        if let Some(observed) = &observed {
            let (job, parent) = (observed.name, self.job.as_ref().map_or(0, |job| job.spec.name()));
            let name = self.names.name(entry, name);
            tree.tell_of(observed.submitted, || Event::Submitted { job, parent, depth, bytes, name });
        }
        let spec = Spec { entry: Some(entry), depth, timeout, memory, fresh, bytes, items, observed };
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
        if self.is_stopping() {
            Some(Failure::Refused(types::Refusal::Stopping))
        } else if depth > limits.depth {
            Some(Failure::Refused(types::Refusal::Depth(limits.depth)))
        } else if bytes > limits.message {
            Some(message_too_large(limits.message, bytes))
        } else {
            None
        }
    }

    fn is_stopping(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.is_stopping())
    }

    fn cancel(&mut self, number: u32) {
        if let Some(job) = self.children.forget(number) {
            job.stop(stop(self.tree(), Reason::Forgotten));
            if let Some(channel) = &job.spec.items {
                self.items.forget(channel);
            }
            if job.is_stale() {
                self.scheduler.forget(self.core);
            }
        }
    }

    fn completed(&mut self) -> Vec<Completion> {
        let taken = self.children.take().into_iter();
        taken.map(|(job, outcome)| Completion { job, outcome }).collect()
    }

    fn send(&mut self, item: Vec<u8>) -> Result<bool, Failure> {
        let limit = self.tree().limits.message;
        let Some((job, channel)) = self.job.as_ref().and_then(|job| Some((job, job.spec.items.as_ref()?)))
        else {
            let reason = "an item of a job that was started without a window, or of main";
            return Err(Failure::BadMessage(reason.to_owned()));
        };
        if job.is_stopping() {
            return Err(Failure::Refused(types::Refusal::Stopping));
        }
        if item.len() > limit {
            return Err(message_too_large(limit, item.len()));
        }
        match channel.send(job.number(), item) {
            Sent::Arrived => Ok(true),
            Sent::NoRoom => Ok(false),
            // It is about to be stopped.
            Sent::Unwanted => Err(Failure::Refused(types::Refusal::Stopping)),
        }
    }

    fn share(&mut self, bytes: Vec<u8>) -> Result<u64, Failure> {
        let limit = self.tree().limits.message;
        if bytes.len() > limit {
            return Err(message_too_large(limit, bytes.len()));
        }
        self.shares.add(bytes).map_err(Failure::OutOfMemory)
    }
}

impl Drop for JobsCtx {
    fn drop(&mut self) {
        self.children.stop_all(stop(self.tree(), Reason::Forgotten));
        self.children.abandon();
        self.items.clear();
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
    pub(crate) table: &'a mut Table,
}

/// How to get at the jobs of an instance.
pub(crate) trait JobsView: Send {
    fn jobs(&mut self) -> JobsCtxView<'_>;

    /// A job to go on with, if the one that runs leaves this many bytes.
    fn take_next(&self, bytes: usize) -> Option<Claimed>;

    /// Ends the one that runs, and begins the next, whose entry and message this returns.
    fn go_on(&mut self, next: Claimed, result: Vec<u8>) -> (u32, Vec<u8>);
}

/// What `wit/jobs.wit` is called by those who import it.
const INTERFACE: &str = "parallel:futures/jobs@0.1.0";

struct HasJobs;

impl HasData for HasJobs {
    type Data<'a> = JobsCtxView<'a>;
}

pub(crate) fn add_to_linker<T: JobsView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    use jobs::Host as _;

    jobs::add_to_linker::<T, HasJobs>(linker, T::jobs)?;
    linker.allow_shadowing(true);
    let added = linker.instance(INTERFACE).and_then(|mut interface| {
        // In place of the one above, for which the engine copies bytes one by one, at half the speed
        // where another core has read them last.
        interface.func_wrap("start", |mut store: StoreContextMut<'_, T>, (entry, message, options)| {
            let message: WasmList<u8> = message;
            let message = message.as_le_slice(&store).to_vec();
            Ok((store.data_mut().jobs().start(entry, message, options)?,))
        })?;
        // In place of one that copies a result before it is known whether anybody takes it.
        interface.func_wrap("next", |mut store: StoreContextMut<'_, T>, (result,): (WasmList<u8>,)| {
            let Some(next) = store.data().take_next(result.len()) else { return Ok((None,)) };
            let result = result.as_le_slice(&store).to_vec();
            Ok((Some(store.data_mut().go_on(next, result)),))
        })?;
        // In place of one that copies what it returns before the engine does.
        interface.func_wrap("shared", |mut store: StoreContextMut<'_, T>, (id,): (u64,)| {
            Ok((store.data_mut().jobs().ctx.tree().shared(id),))
        })
    });
    linker.allow_shadowing(false);
    added
}

impl jobs::Host for JobsCtxView<'_> {
    fn cores(&mut self) -> wasmtime::Result<u32> {
        Ok(u32::try_from(self.ctx.scheduler.cores())?)
    }

    fn is_observed(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.tree().is_observed())
    }

    fn check_message(&mut self, bytes: u64) -> wasmtime::Result<Result<(), Failure>> {
        let limit = self.ctx.tree().limits.message;
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Ok(if bytes > limit { Err(message_too_large(limit, bytes)) } else { Ok(()) })
    }

    fn start(&mut self, entry: u32, message: Vec<u8>, options: Options) -> wasmtime::Result<Option<u32>> {
        #[cfg(test)]
        crate::planted::reached();
        Ok(self.ctx.start(entry, message, options))
    }

    fn cancel(&mut self, job: u32) -> wasmtime::Result<()> {
        self.ctx.cancel(job);
        Ok(())
    }

    fn completed(&mut self) -> wasmtime::Result<Vec<Completion>> {
        Ok(self.ctx.completed())
    }

    fn subscribe(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        let (children, items) = (Arc::clone(&self.ctx.children), Arc::clone(&self.ctx.items));
        let entries = self.table.entries();
        let arrivals = entries.push(Arrivals { children, items })?;
        subscribe(entries, arrivals)
    }

    fn subscribe_to(&mut self, job: u32) -> wasmtime::Result<Resource<DynPollable>> {
        let entries = self.table.entries();
        let end = entries.push(End(self.ctx.children.get(job)))?;
        subscribe(entries, end)
    }

    /// See [`JobsView::take_next`].
    fn next(&mut self, _result: Vec<u8>) -> wasmtime::Result<Option<(u32, Vec<u8>)>> {
        Ok(None)
    }

    fn stopping(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.children.is_asked())
    }

    fn send(&mut self, item: Vec<u8>) -> wasmtime::Result<Result<bool, Failure>> {
        Ok(self.ctx.send(item))
    }

    fn may_send(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.items.may_send())
    }

    fn items(&mut self) -> wasmtime::Result<Vec<Item>> {
        let taken = self.ctx.items.take().into_iter();
        Ok(taken.map(|(job, bytes)| Item { job, bytes }).collect())
    }

    fn more(&mut self, job: u32, count: u32) -> wasmtime::Result<()> {
        let job = self.ctx.children.get(job);
        job.iter().filter_map(|job| job.spec.items.as_ref()).for_each(|channel| channel.more(count));
        Ok(())
    }

    fn share(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Result<u64, Failure>> {
        Ok(self.ctx.share(bytes))
    }

    fn unshare(&mut self, id: u64) -> wasmtime::Result<()> {
        self.ctx.shares.remove(id);
        Ok(())
    }

    fn shared(&mut self, id: u64) -> wasmtime::Result<Option<Vec<u8>>> {
        Ok(self.ctx.tree().shared(id).map(|bytes| bytes.to_vec()))
    }

    fn is_shared(&mut self, id: u64) -> wasmtime::Result<bool> {
        Ok(self.ctx.tree().shared(id).is_some())
    }

    fn panicking(&mut self, panic: types::Panic) -> wasmtime::Result<()> {
        self.ctx.panic = Some(panic);
        Ok(())
    }
}

impl types::Host for JobsCtxView<'_> {}

/// Ready while there is an outcome or an item to take, or room for one that the instance sends, and from
/// when it is asked to stop.
struct Arrivals {
    children: Arc<Children>,
    items: Arc<Items>,
}

#[async_trait::async_trait]
impl Pollable for Arrivals {
    async fn ready(&mut self) {
        poll_fn(|context| match self.children.poll_ready(context) {
            Poll::Ready(()) => Poll::Ready(()),
            Poll::Pending => self.items.poll_ready(context),
        })
        .await;
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
