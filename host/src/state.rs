//! What a Store holds: the app's WASI, its jobs, and what it shares with its core.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use wasmtime::component::ResourceTable;
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::imports::jobs::{JobsCtx, JobsCtxView, JobsView};
use crate::job::Job;

/// How often a guest that is alone on its core goes on without giving way.
///
/// There is no neighbour to give way to, but what the guest itself has put on its way, such as the
/// rest of a write to a socket, moves only when the core has a turn.
const MAX_TICKS_ALONE: u32 = 10;

/// The data of one instance.
pub(crate) struct State {
    wasi: WasiCtx,
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
        Self { wasi, table: ResourceTable::new(), jobs, job: None, gauge }
    }

    /// Makes the guest of this store ask at every tick whether to go on.
    pub(crate) fn watch(store: &mut Store<Self>) {
        let mut ticks_alone = 0;
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(move |store| store.data().on_tick(&mut ticks_alone));
    }

    /// Called within a guest that has computed for a tick.
    fn on_tick(&self, ticks_alone: &mut u32) -> wasmtime::Result<UpdateDeadline> {
        let scheduler = self.jobs.scheduler();
        if scheduler.is_shut_down() || self.job.as_ref().is_some_and(|job| job.is_cancelled()) {
            return Err(wasmtime::Error::new(Cancelled));
        }
        scheduler.overdue(self.jobs.core());
        let is_alone = self.gauge.guests.load(Ordering::Relaxed) == 1;
        if is_alone && *ticks_alone < MAX_TICKS_ALONE {
            *ticks_alone += 1;
            return Ok(UpdateDeadline::Continue(1));
        }
        *ticks_alone = 0;
        self.gauge.gave_way.store(true, Ordering::Relaxed);
        // tokio's own yield lets timers and sockets of the neighbours come first; waking at once
        // would not.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl JobsView for State {
    fn jobs(&mut self) -> JobsCtxView<'_> {
        JobsCtxView { ctx: &mut self.jobs, table: &mut self.table }
    }
}
