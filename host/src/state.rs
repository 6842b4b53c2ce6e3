//! What a Store holds: the app's WASI, its jobs, and what it shares with its core.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtxView, WasiHttpView};

use crate::imports::http::HttpCtx;
use crate::imports::jobs::{JobsCtx, JobsCtxView, JobsView};
use crate::job::Job;

/// How many ticks a guest computes before it gives way.
///
/// The first comes at once if the guest has waited for longer than a tick, so with two it computes
/// for at least one.
const TICKS: u32 = 2;

/// The same for a guest that is alone on its core.
///
/// There is no neighbour to give way to, but what the guest itself has put on its way, such as the
/// rest of a write to a socket, moves only when the core has a turn.
const TICKS_ALONE: u32 = 10;

/// The data of one instance.
pub(crate) struct State {
    wasi: WasiCtx,
    http: HttpCtx,
    table: ResourceTable,
    pub(crate) jobs: JobsCtx,
    /// The job that runs now; `None` in main.
    pub(crate) job: Option<Arc<Job>>,
    gauge: Arc<Gauge>,
}

/// What the guests of a core and the core itself tell each other.
#[derive(Default)]
pub(crate) struct Gauge {
    /// How many guests have begun and not ended on this core.
    guests: AtomicUsize,
    /// How often a guest was polled, so that a guest can tell whether it still is the same time.
    polls: AtomicU64,
    /// Set by a guest that gives way, for the core, which cannot tell that from waiting.
    gave_way: AtomicBool,
}

impl Gauge {
    // Everything here happens on one thread. The atomics are for the compiler, which asks of the
    // data of a Store that it could move.
    pub(crate) fn enter(&self) {
        self.guests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn leave(&self) {
        self.guests.fetch_sub(1, Ordering::Relaxed);
    }

    /// Said before a guest is polled.
    pub(crate) fn before_poll(&self) {
        self.polls.store(self.polls.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Whether the guest that was just polled has given way; asked once each time.
    pub(crate) fn take_gave_way(&self) -> bool {
        self.gave_way.load(Ordering::Relaxed) && self.gave_way.swap(false, Ordering::Relaxed)
    }
}

/// The guest was stopped because nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct Cancelled;

impl std::fmt::Display for Cancelled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cancelled")
    }
}

impl std::error::Error for Cancelled {}

impl State {
    pub(crate) fn new(wasi: WasiCtx, jobs: JobsCtx, gauge: Arc<Gauge>) -> Self {
        Self { wasi, http: HttpCtx::default(), table: ResourceTable::new(), jobs, job: None, gauge }
    }

    /// Makes the guest of this store ask at every tick whether to go on.
    pub(crate) fn watch(store: &mut Store<Self>) {
        let mut slice = Slice::default();
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |store| store.data().on_tick(&mut slice));
    }

    /// Called within a guest that computes, when a tick has passed since it was last called.
    fn on_tick(&self, slice: &mut Slice) -> wasmtime::Result<UpdateDeadline> {
        let scheduler = self.jobs.scheduler();
        if scheduler.is_shut_down() || self.job.as_ref().is_some_and(|job| job.is_cancelled()) {
            return Err(wasmtime::Error::new(Cancelled));
        }
        scheduler.overdue(self.jobs.core());
        let is_alone = self.gauge.guests.load(Ordering::Relaxed) == 1;
        let ticks = slice.add_tick(self.gauge.polls.load(Ordering::Relaxed));
        if ticks < if is_alone { TICKS_ALONE } else { TICKS } {
            return Ok(UpdateDeadline::Continue(1));
        }
        self.gauge.gave_way.store(true, Ordering::Relaxed);
        // tokio's own yield lets timers and sockets of the neighbours come first; waking at once
        // would not.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    }
}

/// How long a guest has computed without a pause.
#[derive(Default)]
struct Slice {
    poll: u64,
    ticks: u32,
}

impl Slice {
    fn add_tick(&mut self, poll: u64) -> u32 {
        self.ticks = if self.poll == poll { self.ticks + 1 } else { 1 };
        self.poll = poll;
        self.ticks
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.http.view(&mut self.table)
    }
}

impl JobsView for State {
    fn jobs(&mut self) -> JobsCtxView<'_> {
        JobsCtxView { ctx: &mut self.jobs, table: &mut self.table }
    }
}
