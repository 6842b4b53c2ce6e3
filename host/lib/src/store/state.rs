//! The data of a Store: the app's WASI, its jobs, and the state that it shares with its core.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::{CallHook, Store, UpdateDeadline};
use wasmtime_wasi::filesystem::{WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::random::WasiRandomCtx;
use wasmtime_wasi::{ResourceTableError, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_config::WasiConfigVariables;
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};
use wasmtime_wasi_tls::{WasiTlsCtxView, WasiTlsView};

use super::clock::nanoseconds;
use super::core_state::CoreState;
use super::grants::Granted;
use super::handler::Handler;
use super::memory::Memory;
use crate::error::Setting;
use crate::imports::access::Access;
use crate::imports::concurrent::ConcurrentFilesView;
use crate::imports::files::{Files, FilesCtx, FilesView};
use crate::imports::http::{HttpCtx, HttpView};
use crate::imports::jobs::{JobsCtx, JobsCtxView, JobsView};
use crate::imports::kept::KeptView;
use crate::imports::keyvalue::{Entries, KeyValueView};
use crate::imports::pending::{self, Pending};
use crate::imports::table::Table;
use crate::imports::tcp::{TcpCtx, TcpView};
use crate::imports::tls::TlsCtx;
use crate::job::account::{Charge, Denied, Excess};
use crate::job::call::{Claimed, Job, Reason, stop};
use crate::job::outcome::Outcome;
use crate::job::shortage::Trims;
use crate::job::tree::Tree;
use crate::observe::event::Event;
use crate::stdio::line::OpenLines;

mod next;

/// A guest yields at the first tick at which it has computed for this long, or when it polls after that.
///
/// So it has its core for about a tick. Some ticks come too early: if the guest has waited for longer than a
/// tick, one comes at once.
const SLICE: Duration = Duration::from_micros(250);

/// The time after which a guest yields that is the only one on its core.
///
/// There is no other guest to yield to. But operations that the guest has started, such as the rest of a write
/// to a socket, progress only when the core has a turn.
const SLICE_ALONE: Duration = Duration::from_micros(9_500);

/// An unfinished line is written when its guest has computed for this many ticks, or at most twice as many.
///
/// With only a few ticks, a line would be cut if the system preempts the guest between two pieces of it.
const TICKS_IN_A_LINE: u32 = 16;

/// The bytes that the host keeps for an instance, besides its stack and those that are charged separately: the
/// store with the engine's data in it, and the unfinished lines of the guest.
const INSTANCE: u64 = 96 << 10;

/// The data of one instance: what the host keeps for it, and the state of the embedding program.
///
/// Functions of [`Imports`](crate::Imports) find it in their store.
///
/// # Examples
///
/// ```
/// use host::InstanceState;
/// use host::wasmtime::StoreContextMut;
///
/// fn count(mut store: StoreContextMut<'_, InstanceState>, (): ()) -> host::wasmtime::Result<(u32,)> {
///     let calls = store.data_mut().get_mut::<u32>();
///     *calls += 1;
///     Ok((*calls,))
/// }
/// ```
pub struct State {
    wasi: WasiCtx,
    http: HttpCtx,
    access: Access,
    variables: Arc<WasiConfigVariables>,
    keyvalue: Arc<Entries>,
    tcp: TcpCtx,
    tls: TlsCtx,
    /// The unfinished lines of the guest.
    lines: OpenLines,
    /// The number of ticks in which the guest has computed.
    ticks: u32,
    /// Whether the guest has polled since the last tick.
    has_looked: bool,
    table: Table,
    /// The bytes that the guest has written and the host still holds.
    pending: Arc<Pending>,
    /// The charge for the instance itself, or why the run could not pay it.
    price: Result<Charge, Excess>,
    /// The files of the guest. Dropped after the table, whose descriptors use the same files.
    files: FilesCtx,
    /// The directories for the functions of WASI 0.3.
    concurrent_files: WasiFilesystemCtx,
    pub(crate) jobs: JobsCtx,
    pub(crate) memory: Memory,
    /// When the timeout of the current job ends.
    time_up: Option<Instant>,
    /// When the current job began, in nanoseconds of the core's clock.
    began: u64,
    /// When the current job began, for the times by which jobs are sent to other machines.
    #[cfg(feature = "cluster")]
    began_here: u64,
    /// How many calls of the host the current job has made.
    calls: u64,
    /// Tells when to wake sleeping cores, so that they give free memory back.
    trims: Trims,
    core: Arc<CoreState>,
    /// The handler of HTTP requests, once it has been looked up.
    pub(crate) handler: Option<Handler>,
    embedder: Option<Box<dyn Any + Send>>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceState").finish_non_exhaustive()
    }
}

/// The reasons why this host ends a guest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// The job had to stop and did not within its grace period, or could not be asked to.
    Stopped,
    /// The job has called the host more often than it may.
    OutOfBudget,
}

impl std::fmt::Display for Halt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stopped => "stopped",
            Self::OutOfBudget => "called the host too often",
        })
    }
}

impl std::error::Error for Halt {}

impl State {
    /// Creates the data of an instance whose call may use this many bytes of stack.
    pub(crate) fn new(granted: Granted, jobs: JobsCtx, core: Arc<CoreState>, stack: u64) -> Self {
        let Granted {
            wasi,
            files,
            concurrent_files,
            http,
            access,
            trust,
            variables,
            keyvalue,
            lines,
            directories,
            surroundings,
            embedder,
        } = granted;
        let memory = Memory::new(Arc::clone(jobs.children().tree()));
        let (account, most) = (jobs.children().tree().account(), jobs.children().tree().limits.resources);
        let price = INSTANCE + stack + Table::first_price(directories) + surroundings;
        let mut price = Charge::take(account, price + pending::ALLOWANCE);
        let allowance =
            price.as_mut().map_or_else(|_| Charge::default(), |price| price.split(pending::ALLOWANCE));
        let (table, pending) = (Table::new(account, directories, most), Pending::new(account, allowance));
        let (tcp, tls, ticks, time_up, began, calls) = (TcpCtx::default(), TlsCtx::new(trust), 0, None, 0, 0);
        Self {
            wasi,
            http,
            access,
            variables,
            keyvalue,
            tcp,
            tls,
            lines,
            ticks,
            has_looked: false,
            table,
            files,
            concurrent_files,
            pending,
            price,
            jobs,
            memory,
            time_up,
            began,
            #[cfg(feature = "cluster")]
            began_here: 0,
            calls,
            trims: Trims::new(),
            core,
            handler: None,
            embedder,
        }
    }

    /// Returns the state of the embedding program in this instance.
    ///
    /// # Panics
    ///
    /// Panics if it is of another type than [`Imports::new`](crate::Imports::new) creates. The call that is served
    /// fails then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use host::wasmtime::StoreContextMut;
    /// fn log(mut store: StoreContextMut<'_, host::InstanceState>, (text,): (String,)) {
    ///     store.data_mut().get_mut::<Vec<String>>().push(text);
    /// }
    /// ```
    pub fn get_mut<T: 'static>(&mut self) -> &mut T {
        let state = self.embedder.as_mut().and_then(|state| state.downcast_mut());
        state.expect("the state has the type that `Imports::new` creates")
    }

    /// Charges more bytes for this instance.
    pub(crate) fn raise_price(&mut self, more: u64) {
        let account = self.jobs.children().tree().account();
        if let Ok(price) = &mut self.price
            && let Err(excess) = price.grow(account, more)
        {
            self.price = Err(excess);
        }
    }

    /// Checks that the run has the memory for this instance. An instance that is not paid for must not be run.
    ///
    /// # Errors
    ///
    /// Fails if the run does not have the memory.
    pub(crate) fn is_paid(&self) -> Result<(), Denied> {
        self.price.as_ref().map(drop).map_err(|excess| Denied(excess.clone()))
    }

    /// Returns why the host denied memory to the guest, if the guest ended with this error because of that.
    pub(crate) fn take_denied(&mut self, error: &wasmtime::Error) -> Option<Excess> {
        let of_table = self.table.take_denied().filter(|_| error.is::<ResourceTableError>());
        error.downcast_ref().map(|Denied(excess)| excess.clone()).or(of_table)
    }

    /// Returns the unfinished lines of the guest, and the state of its core, which tells whether the guest only
    /// yields.
    pub(crate) fn lines(&self) -> (OpenLines, Arc<CoreState>) {
        (self.lines.clone(), Arc::clone(&self.core))
    }

    pub(crate) fn tree(&self) -> &Arc<Tree> {
        self.jobs.children().tree()
    }

    /// Makes the guest of this store check at every tick whether it may continue, and makes the store count
    /// what has a limit.
    pub(crate) fn watch(store: &mut Store<Self>) {
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |mut store| store.data_mut().on_tick());
        store.limiter(|state| &mut state.memory);
        // Checking every call slows down all of them, so calls are checked only if they have a limit.
        if store.data().tree().limits.job_calls.is_some() {
            store.call_hook(|mut store, hook| store.data_mut().on_call(hook));
        }
    }

    /// Begins a job, and gives this instance the limits of that job. Main may use all that the run has.
    pub(crate) fn begin(&mut self, job: &Arc<Job>) {
        if job.spec.target.kind().is_some() {
            let tree = self.tree();
            let every = tree.limits.job_memory;
            let setting = tree.setting_name(Setting::JobMemory);
            match job.spec.memory {
                Some(own) if own < every => self.memory.set_limit(own, ".memory()"),
                _ => self.memory.set_limit(every, setting),
            }
            // Each job has calls of its own.
            self.calls = 0;
            self.memory.reset_growths();
        }
        self.time_up = job.spec.timeout.map(|timeout| Instant::now() + timeout);
        self.began = self.core.clock.noted();
        self.core.set_kind(job.spec.target.kind());
        #[cfg(feature = "cluster")]
        self.note_begin(job);
        self.jobs.begin(job);
    }

    /// Clears what a job leaves behind, and returns that job. All jobs that it started are gone.
    pub(crate) fn end(&mut self) -> Option<Arc<Job>> {
        let job = self.jobs.end();
        #[cfg(feature = "cluster")]
        if let Some(job) = &job
            && let Some((distribution, entry)) = job.tree().distribution().zip(job.spec.target.entry())
        {
            let costs = &distribution.costs;
            costs.ended(entry, self.began_here, costs.now());
        }
        job
    }

    #[cfg(feature = "cluster")]
    fn note_begin(&mut self, job: &Job) {
        if let Some((distribution, entry)) = job.tree().distribution().zip(job.spec.target.entry()) {
            self.began_here = distribution.costs.now();
            distribution.costs.begins(entry, self.began_here);
        }
    }

    /// Counts the calls of the host that the job makes.
    ///
    /// The engine also reports ticks and growing memory here, which are no calls of the guest. The kind of a
    /// call is known only afterwards, so a job exceeds its limit by one call before it is ended.
    fn on_call(&mut self, hook: CallHook) -> wasmtime::Result<()> {
        match hook {
            CallHook::CallingHost => self.calls += 1,
            CallHook::ReturningFromHost => {
                let calls = self.calls.saturating_sub(self.memory.growths());
                let limit = self.tree().limits.job_calls;
                // The calls of main have no limit.
                if self.jobs.is_of_job() && limit.is_some_and(|limit| calls > limit) {
                    return Err(wasmtime::Error::new(Halt::OutOfBudget));
                }
            }
            CallHook::CallingWasm | CallHook::ReturningFromWasm => {}
        }
        Ok(())
    }

    /// Handles a tick: called within a guest that computes, when a tick has passed since the last call.
    fn on_tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.calls = self.calls.saturating_sub(1);
        let scheduler = self.jobs.scheduler();
        if scheduler.is_shut_down() {
            return Err(wasmtime::Error::new(Halt::Stopped));
        }
        scheduler.mark_overdue(self.jobs.core());
        // This guest may be about to use memory that jobs have freed on cores that sleep by now.
        if self.trims.is_due() {
            scheduler.wake_all();
        }
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(TICKS_IN_A_LINE) {
            self.lines.release_old();
        }
        if self.must_yield()? {
            return Ok(self.yield_core());
        }
        // A guest that keeps finding something ready never waits, but the core must check its timers.
        let has_looked = std::mem::take(&mut self.has_looked);
        let slice = if self.core.is_only_guest() && !has_looked { SLICE_ALONE } else { SLICE };
        if self.core.clock.since_noted() < nanoseconds(slice) {
            return Ok(UpdateDeadline::Continue(1));
        }
        Ok(self.yield_core())
    }

    /// Returns whether the guest must yield, so that its core can ask the job to stop.
    ///
    /// Fails if the guest must end now: its deadline has passed, or it has never waited in this job. A guest
    /// that has never waited cannot have been asked to stop, and will not be soon. Letting it compute for the
    /// grace period would only keep its core.
    fn must_yield(&self) -> wasmtime::Result<bool> {
        let Some(job) = self.jobs.job() else { return Ok(false) };
        if let (Some(time_up), Some(timeout)) = (self.time_up, job.spec.timeout)
            && !job.is_stopping()
            && Instant::now() >= time_up
        {
            job.stop(stop(self.tree(), Reason::TimedOut(timeout)));
        }
        if !job.is_stopping() {
            return Ok(false);
        }
        let children = self.jobs.children();
        // A job that was asked late still gets some time.
        let asked = children.requested_deadline();
        let deadline = job.stop_deadline().max(asked);
        let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
        let is_cooperative = children.is_cooperative();
        if !is_cooperative {
            self.tree().tell(|| Event::Stopping { job: job.spec.name() });
        }
        if is_late || !is_cooperative {
            return Err(wasmtime::Error::new(Halt::Stopped));
        }
        Ok(asked.is_none())
    }

    fn yield_core(&self) -> UpdateDeadline {
        let core = Arc::clone(&self.core);
        // Main has to be there in any case, so its memory delays no job.
        let bytes = if self.jobs.is_of_job() { self.memory.used() } else { 0 };
        let began = self.began;
        UpdateDeadline::YieldCustom(1, Box::pin(async move { core.yielding.yield_now(began, bytes).await }))
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: self.table.entries() }
    }
}

impl KeptView for State {
    fn kept(&mut self) -> (&mut Table, &Arc<Pending>) {
        (&mut self.table, &self.pending)
    }

    fn access(&self) -> &Access {
        &self.access
    }

    fn variables(&self) -> &WasiConfigVariables {
        &self.variables
    }

    fn random(&mut self) -> &mut WasiRandomCtx {
        self.wasi.random()
    }

    fn max_random(&self) -> u64 {
        self.tree().limits.random
    }

    fn looks(&mut self) -> bool {
        self.has_looked = true;
        self.core.clock.since_noted() >= nanoseconds(SLICE)
    }

    fn wasi_up_to(&mut self, most: u64) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: self.table.entries_up_to(most) }
    }
}

impl KeyValueView for State {
    fn entries(&self) -> &Arc<Entries> {
        &self.keyvalue
    }
}

impl FilesView for State {
    fn files(&mut self) -> Files<'_> {
        let view = WasiFilesystemCtxView { ctx: self.wasi.filesystem(), table: self.table.entries() };
        Files { ctx: &mut self.files, view }
    }
}

impl ConcurrentFilesView for State {
    fn concurrent_files(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView { ctx: &mut self.concurrent_files, table: self.table.entries() }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.http.view(&mut self.table)
    }
}

impl WasiTlsView for State {
    fn tls(&mut self) -> WasiTlsCtxView<'_> {
        self.tls.view(&mut self.table)
    }
}

impl TcpView for State {
    fn tcp(&mut self) -> &mut TcpCtx {
        &mut self.tcp
    }
}

impl HttpView for State {
    fn http_ctx(&mut self) -> &mut HttpCtx {
        &mut self.http
    }
}

impl JobsView for State {
    fn jobs(&mut self) -> JobsCtxView<'_> {
        JobsCtxView { ctx: &mut self.jobs, table: &mut self.table }
    }

    fn take_next(&self, bytes: usize) -> Option<Claimed> {
        Self::take_next(self, bytes)
    }

    fn go_on(&mut self, next: Claimed, result: Outcome) -> (u32, Vec<u8>) {
        Self::go_on(self, next, result)
    }
}
