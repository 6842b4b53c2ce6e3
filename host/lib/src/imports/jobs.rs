//! The host's side of `wit/jobs.wit`: the jobs that one instance runs and starts.

use std::sync::Arc;
use std::time::Duration;

use scheduler::Queued as _;
use tokio::sync::Notify;
use wasmtime::StoreContextMut;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::{DynPollable, subscribe};

use super::table::Table;
use crate::bindings::parallel::futures::jobs::{self, Completion, Item};
use crate::bindings::parallel::futures::types;
use crate::error::Setting;
use crate::job::account::Charge;
use crate::job::call::{
    Children, Claimed, Failure, Job, Message, Observed, Reason, Scheduler, Spec, Target, stop,
};
use crate::job::current_job::CurrentJob;
use crate::job::items::{self, BATCH, Items, Sent};
use crate::job::lift::Span;
use crate::job::lift::texts::Panic;
use crate::job::names::Names;
use crate::job::outcome::Outcome;
use crate::job::shares::Shares;
use crate::job::tree::Tree;
use crate::observe::event::Event;

pub(super) mod concurrent;
mod handed;
mod options;
mod pollables;

use handed::Handed;
use options::Options;
use pollables::{Arrivals, End};

/// The jobs that one instance has started, and the job that it runs itself.
///
/// Dropping it stops the jobs that it has started.
pub(crate) struct JobsCtx {
    children: Arc<Children>,
    items: Arc<Items>,
    shares: Shares,
    /// Pays for the bytes that the guest received last.
    handed: Arc<Handed>,
    /// Wakes a call of WASI 0.3 that waits for room.
    room: Arc<Notify>,
    names: Names,
    scheduler: Arc<Scheduler>,
    /// The core that the instance belongs to.
    core: usize,
    /// The job that the instance runs. Host calls read it here, without the lock of `current`.
    job: Option<Arc<Job>>,
    /// The same job, for readers outside the instance. They still need it after the instance has ended the job.
    current: Arc<CurrentJob>,
    /// The panic that the guest reported before it trapped.
    panic: Option<Outcome>,
}

/// The most completions in one batch. A batch of this size makes the cost of the host call negligible, and is
/// small enough for the memory of any parent.
const COMPLETIONS: usize = 1_024;

impl JobsCtx {
    pub(crate) fn new(tree: Arc<Tree>, scheduler: Arc<Scheduler>, core: usize) -> Self {
        tree.tell(|| Event::InstanceMade { core });
        let (items, shares, names) = (Arc::default(), Shares::new(Arc::clone(&tree)), Names::default());
        let (children, handed, room) = (Children::new(tree), Arc::default(), Arc::default());
        let (current, job, panic) = (Arc::default(), None, None);
        Self { children, items, shares, handed, room, names, scheduler, core, job, current, panic }
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

    /// Returns whether the instance runs a job, and not main.
    pub(crate) fn is_of_job(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.spec.target.kind().is_some())
    }

    pub(crate) fn current_job(&self) -> &Arc<CurrentJob> {
        &self.current
    }

    pub(crate) fn job(&self) -> Option<&Arc<Job>> {
        self.job.as_ref()
    }

    /// Begins a job of this instance: jobs that it starts from now on are children of this one.
    pub(crate) fn begin(&mut self, job: &Arc<Job>) {
        job.adopt(&self.children);
        if let Some(channel) = &job.spec.items {
            self.items.begin(channel);
        }
        self.current.set(job);
        self.job = Some(Arc::clone(job));
        self.panic = None;
    }

    /// Clears what a job leaves behind, and returns that job.
    ///
    /// The job has ended, and all jobs that it started are gone.
    pub(crate) fn end(&mut self) -> Option<Arc<Job>> {
        self.children.clear();
        self.items.clear();
        self.shares.clear();
        self.handed.clear();
        self.job.take()
    }

    /// Takes the panic that the guest reported before it trapped.
    pub(crate) fn take_panic(&mut self) -> Option<types::Panic> {
        match self.panic.take()?.value {
            Err(Failure::Panicked(panic)) => Some(panic),
            _ => None,
        }
    }

    fn tree(&self) -> &Tree {
        self.children.tree()
    }

    /// Counts a job whose message has this many bytes.
    ///
    /// Returns the failure if the job must not start, and `None` if the guest has to wait until there is room
    /// for it.
    fn admit(&self, bytes: usize) -> Option<Result<(), Failure>> {
        let tree = self.children.tree();
        let has_room = tree.enter();
        let queued = match self.refuse(bytes) {
            Some(refusal) => Err(refusal),
            None => tree.queue(bytes).map_err(Failure::OutOfMemory),
        };
        let is_worth_waiting = match &queued {
            Ok(has_room_too) => !(has_room && *has_room_too),
            Err(Failure::OutOfMemory(_)) => !has_room || tree.would_have_memory(bytes),
            Err(_) => !has_room,
        };
        // A guest that waits for no job would wait forever for one to make room.
        if is_worth_waiting && self.children.are_awaited() {
            tree.leave();
            if queued.is_ok() {
                tree.unqueue(bytes);
            }
            return None;
        }
        Some(queued.map(drop))
    }

    /// Starts a job, and takes its message if it may start. Returns `None` if the guest has to wait for room.
    fn start(
        &mut self,
        entry: u32,
        bytes: usize,
        message: impl FnOnce() -> Vec<u8>,
        options: Options,
    ) -> Option<u32> {
        let admitted = self.admit(bytes)?;
        let tree = self.children.tree();
        let depth = self.depth();
        let timeout =
            options.timeout.map(Duration::from_nanos).into_iter().chain(tree.limits.job_timeout).min();
        let Options { memory, fresh, window, name, .. } = options;
        let items = (window > 0).then(|| self.items.channel(tree, window));
        let observed = Observed::new(tree);
        if let Some(observed) = &observed {
            let (job, parent) = (observed.name, self.job.as_ref().map_or(0, |job| job.spec.name()));
            let name = self.names.name(entry, name.map(|name| name.0));
            tree.tell_of(observed.submitted, || Event::Submitted { job, parent, depth, bytes, name });
        }
        let message = if admitted.is_ok() { message() } else { Vec::new() };
        let bytes = message.len();
        let spec =
            Spec { depth, timeout, memory, fresh, bytes, items, observed, ..Spec::new(Target::Entry(entry)) };
        let job = self.children.add(spec, Message::Bytes(message));
        let number = job.number();
        match admitted {
            Err(failure) => job.finish(failure.into()),
            Ok(()) => self.scheduler.push(self.core, job),
        }
        Some(number)
    }

    /// Returns the depth of the jobs that this instance starts.
    fn depth(&self) -> u32 {
        self.job.as_ref().map_or(0, |job| job.spec.depth) + 1
    }

    /// Returns why a job whose message has this many bytes must not start, if it must not.
    fn refuse(&self, bytes: usize) -> Option<Failure> {
        let limits = &self.tree().limits;
        if self.is_stopping() {
            Some(Failure::Refused(types::Refusal::Stopping))
        } else if self.depth() > limits.depth {
            Some(Failure::Refused(types::Refusal::Depth(limits.depth)))
        } else if bytes > limits.message {
            Some(message_too_large(self.tree(), bytes))
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
                self.scheduler.count_stale(self.core);
            }
        }
    }

    /// Returns a batch of completions: at least one if there is any, and otherwise bounded in number and in
    /// bytes.
    ///
    /// The items of a job in this batch fit into the next batch of items.
    fn completed(&mut self) -> Vec<Completion> {
        self.handed.clear();
        let (mut count, mut bytes) = (0, 0_u64);
        let taken = self.children.take_while(|job, outcome| {
            count += 1;
            bytes = bytes.saturating_add(outcome.bytes());
            (count == 1 || (count <= COMPLETIONS && bytes <= BATCH as u64))
                && job.spec.items.as_ref().is_none_or(|channel| self.items.promise(channel))
        });
        let hand_over = |(job, outcome): (u32, Outcome)| {
            self.handed.keep(outcome.charge);
            Completion { job, outcome: outcome.value }
        };
        taken.into_iter().map(hand_over).collect()
    }

    fn items(&mut self) -> Vec<Item> {
        self.handed.clear();
        let taken = self.items.take();
        let bytes = taken.iter().map(|(_, item)| item.len() as u64).sum();
        // These bytes no longer count as queued items. If something else has used that memory by now, the next
        // request is denied.
        self.handed.keep(Charge::take(self.tree().account(), bytes).unwrap_or_default());
        taken.into_iter().map(|(job, bytes)| Item { job, bytes }).collect()
    }

    /// Returns shared bytes, and keeps them until they have been copied into the instance.
    fn shared(&mut self, id: u64) -> Option<Arc<Vec<u8>>> {
        self.handed.clear();
        let shared = self.tree().shared(id)?;
        let bytes = Arc::clone(&shared.bytes);
        self.handed.keep_shared(shared);
        Some(bytes)
    }

    fn send(&mut self, item: &Span) -> Result<bool, Failure> {
        let Some((job, channel)) = self.job.as_ref().and_then(|job| Some((job, job.spec.items.as_ref()?)))
        else {
            let reason = "an item of a job that was started without a window, or of main";
            return Err(Failure::BadMessage(reason.to_owned()));
        };
        if job.is_stopping() {
            return Err(Failure::Refused(types::Refusal::Stopping));
        }
        if item.len() > self.tree().limits.message {
            return Err(message_too_large(self.tree(), item.len()));
        }
        match channel.send(job.number(), items::weight(item.len()), || copy(item)) {
            Sent::Arrived => Ok(true),
            Sent::NoRoom => Ok(false),
            Sent::NoMemory(excess) => Err(Failure::OutOfMemory(excess)),
            // No parent takes the item any more, so the job is about to be stopped.
            Sent::Unwanted => Err(Failure::Refused(types::Refusal::Stopping)),
        }
    }

    fn share(&mut self, bytes: &Span) -> Result<u64, Failure> {
        if bytes.len() > self.tree().limits.message {
            return Err(message_too_large(self.tree(), bytes.len()));
        }
        let charge = self.shares.charge(bytes.len()).map_err(Failure::OutOfMemory)?;
        Ok(self.shares.add(copy(bytes), charge))
    }

    fn panicking(&mut self, panic: Panic) {
        let panic = Failure::Panicked(panic.into());
        self.panic = Some(Outcome::failure(panic, self.tree().account()));
    }
}

/// Copies bytes that the guest passes to the current host call.
fn copy(span: &Span) -> Vec<u8> {
    #[expect(unsafe_code, reason = "only the callee of a host call can rely on the guest being suspended")]
    // SAFETY: a span comes from the parameters of a host call, and is borrowed while that call is served here.
    // The guest cannot resume in between.
    unsafe {
        span.copy()
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

/// Returns the failure of a job whose message or result has this many bytes.
pub(crate) fn message_too_large(tree: &Tree, bytes: usize) -> Failure {
    let setting = tree.setting_name(Setting::Message).to_owned();
    Failure::MessageTooLarge(types::Excess { limit: tree.limits.message as u64, used: bytes as u64, setting })
}

/// The jobs of an instance, with the table that holds its pollables.
pub(crate) struct JobsCtxView<'a> {
    pub(crate) ctx: &'a mut JobsCtx,
    pub(crate) table: &'a mut Table,
}

/// Gives access to the jobs of an instance.
pub(crate) trait JobsView: Send {
    fn jobs(&mut self) -> JobsCtxView<'_>;

    /// Claims a job to continue with, if the current job leaves a result of this many bytes.
    fn take_next(&self, bytes: usize) -> Option<Claimed>;

    /// Ends the current job and begins the next one. Returns the entry and the message of the next one.
    fn go_on(&mut self, next: Claimed, result: Outcome) -> (u32, Vec<u8>);
}

/// The name under which guests import `wit/jobs.wit`.
const INTERFACE: &str = "parallel:futures/jobs@0.1.0";

struct HasJobs;

impl HasData for HasJobs {
    type Data<'a> = JobsCtxView<'a>;
}

pub(crate) fn add_to_linker<T: JobsView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    jobs::add_to_linker::<T, HasJobs>(linker, T::jobs)?;
    linker.allow_shadowing(true);
    // These replace the functions above that pass a list or a string to or from the guest. For those, the
    // engine would copy the data before the host could check its size.
    let added = linker.instance(INTERFACE).and_then(|mut interface| {
        interface.func_wrap("start", |mut store: StoreContextMut<'_, T>, parameters| {
            #[cfg(test)]
            super::planted::reached();
            let (entry, message, options): (u32, Span, Options) = parameters;
            let jobs = store.data_mut().jobs().ctx;
            Ok((jobs.start(entry, message.len(), || copy(&message), options),))
        })?;
        interface.func_wrap("next", |mut store: StoreContextMut<'_, T>, (result,): (Span,)| {
            // Without memory for the result, the guest returns it from `worker.run`, which then fails.
            let Ok(charge) = store.data_mut().jobs().ctx.tree().charge_result(result.len()) else {
                return Ok((None,));
            };
            let Some(next) = store.data().take_next(result.len()) else { return Ok((None,)) };
            let result = Outcome::result(copy(&result), charge);
            Ok((Some(store.data_mut().go_on(next, result)),))
        })?;
        interface.func_wrap("send", |mut store: StoreContextMut<'_, T>, (item,): (Span,)| {
            Ok((store.data_mut().jobs().ctx.send(&item),))
        })?;
        interface.func_wrap("share", |mut store: StoreContextMut<'_, T>, (bytes,): (Span,)| {
            Ok((store.data_mut().jobs().ctx.share(&bytes),))
        })?;
        interface.func_wrap("shared", |mut store: StoreContextMut<'_, T>, (id,): (u64,)| {
            Ok((store.data_mut().jobs().ctx.shared(id),))
        })?;
        interface.func_wrap("panicking", |mut store: StoreContextMut<'_, T>, (panic,): (Panic,)| {
            store.data_mut().jobs().ctx.panicking(panic);
            Ok(())
        })
    });
    linker.allow_shadowing(false);
    added
}

impl jobs::Host for JobsCtxView<'_> {
    fn cores(&mut self) -> wasmtime::Result<u32> {
        Ok(u32::try_from(self.ctx.scheduler.cores())?.saturating_add(self.ctx.tree().cores_of_nodes()))
    }

    fn is_observed(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.tree().is_observed())
    }

    fn setting(&mut self, limit: jobs::Limit) -> wasmtime::Result<String> {
        let setting = match limit {
            jobs::Limit::JobTimeout => Setting::JobTimeout,
            jobs::Limit::JobCalls => Setting::JobCalls,
            jobs::Limit::Depth => Setting::Depth,
        };
        Ok(self.ctx.tree().setting_name(setting).to_owned())
    }

    fn check_message(&mut self, bytes: u64) -> wasmtime::Result<Result<(), Failure>> {
        let tree = self.ctx.tree();
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        Ok(if bytes > tree.limits.message { Err(message_too_large(tree, bytes)) } else { Ok(()) })
    }

    fn start(&mut self, _: u32, _: Vec<u8>, _: jobs::Options) -> wasmtime::Result<Option<u32>> {
        shadowed()
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
        let handed = Arc::clone(&self.ctx.handed);
        let entries = self.table.entries();
        let arrivals = entries.push(Arrivals { children, items, handed })?;
        subscribe(entries, arrivals)
    }

    fn subscribe_to(&mut self, job: u32) -> wasmtime::Result<Resource<DynPollable>> {
        let entries = self.table.entries();
        let end = entries.push(End(self.ctx.children.get(job)))?;
        subscribe(entries, end)
    }

    fn next(&mut self, _: Vec<u8>) -> wasmtime::Result<Option<(u32, Vec<u8>)>> {
        shadowed()
    }

    fn stopping(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.children.is_stop_requested())
    }

    fn send(&mut self, _: Vec<u8>) -> wasmtime::Result<Result<bool, Failure>> {
        shadowed()
    }

    fn may_send(&mut self) -> wasmtime::Result<bool> {
        Ok(self.ctx.items.may_send())
    }

    fn items(&mut self) -> wasmtime::Result<Vec<Item>> {
        Ok(self.ctx.items())
    }

    fn more(&mut self, job: u32, count: u32) -> wasmtime::Result<()> {
        let job = self.ctx.children.get(job);
        job.iter().filter_map(|job| job.spec.items.as_ref()).for_each(|channel| channel.release(count));
        Ok(())
    }

    fn share(&mut self, _: Vec<u8>) -> wasmtime::Result<Result<u64, Failure>> {
        shadowed()
    }

    fn unshare(&mut self, id: u64) -> wasmtime::Result<()> {
        self.ctx.shares.remove(id);
        Ok(())
    }

    fn shared(&mut self, _: u64) -> wasmtime::Result<Option<Vec<u8>>> {
        shadowed()
    }

    fn is_shared(&mut self, id: u64) -> wasmtime::Result<bool> {
        Ok(self.ctx.tree().shared(id).is_some())
    }

    fn panicking(&mut self, _: types::Panic) -> wasmtime::Result<()> {
        shadowed()
    }
}

/// Stands in for a function that [`add_to_linker`] replaces.
fn shadowed<T>() -> wasmtime::Result<T> {
    wasmtime::bail!("a bug of the host: this function has another in its place")
}

impl types::Host for JobsCtxView<'_> {}
