//! The cores: one pinned thread each, and what they share.
//!
//! A Store is made, used and dropped on one core. What crosses from core to core is plain data:
//! jobs, and their outcomes.

mod guest;
mod slots;
mod thread;

use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::Error;
use crate::affinity::Cpus;
use crate::app::App;
use crate::grants::Template;
use crate::imports::jobs::MAX_DEPTH;
use crate::job::Job;
use crate::scheduler::Scheduler;
use crate::ticker::Ticker;

use slots::Slots;

/// Instances that run or wait at a time, besides main.
///
/// A waiting instance holds a job that waits itself: for a timer, a socket, or jobs of its own.
/// Jobs past this number stay in their queues.
const MAX_GUESTS: usize = 1_000;

/// Instances without a job that a core keeps, because to make one costs far more than to call it.
const MAX_WARM: usize = 16;

/// What all cores of a run share.
pub(crate) struct Shared {
    app: App,
    template: Template,
    scheduler: Arc<Scheduler<Arc<Job>>>,
    slots: Slots,
    cpus: Cpus,
    ticker: Ticker,
}

/// How main ended.
pub(crate) enum MainEnd {
    /// It returned, well or not.
    Returned(bool),
    /// It was ended because nobody reads its stdout any more, like a native program by SIGPIPE.
    NoReader,
    /// It trapped, or called `exit`.
    Stopped(wasmtime::Error),
}

/// How many instances there may be with this many cores, at most.
pub(crate) fn max_instances(cores: NonZeroUsize) -> u32 {
    let cores = cores.get();
    // Main, and one more for each core, which may overshoot by one guest.
    u32::try_from(1 + MAX_GUESTS + cores + cores * MAX_WARM).unwrap_or(u32::MAX)
}

/// Runs an app: main on core 0, its jobs wherever there is room. Returns how main ended, when
/// everything that it started has ended too.
pub(crate) fn run(cores: NonZeroUsize, app: App, template: Template) -> Result<MainEnd, Error> {
    let cpus = Cpus::allowed().map_err(|cause| Error::resources("read the CPUs of this process", cause))?;
    if cpus.are_shared_by(cores.get()) {
        tracing::warn!("{cores} cores on {} CPUs: cores will share CPUs", cpus.count());
    }
    let ticker = Ticker::start(&app.engine)?;
    let shared = Arc::new(Shared {
        app,
        template,
        scheduler: Arc::new(Scheduler::new(cores.get())),
        slots: Slots::new(MAX_GUESTS, MAX_DEPTH),
        cpus,
        ticker,
    });
    let mut threads = Vec::new();
    for core in 1..cores.get() {
        match thread::start(core, Arc::clone(&shared)) {
            Ok(thread) => threads.push(thread),
            Err(error) => {
                shared.scheduler.shut_down();
                threads.into_iter().for_each(|thread| _ = thread.join());
                return Err(error);
            }
        }
    }
    // Core 0 has a thread like the others, so that pinning it leaves the caller's alone.
    let main = thread::start_main(Arc::clone(&shared));
    let ended = main.and_then(thread::join);
    shared.scheduler.shut_down();
    let mut bug = None;
    for thread in threads {
        bug = bug.or(thread::join(thread).err());
    }
    match bug {
        Some(error) => Err(error),
        None => ended,
    }
}
