//! The cores: one pinned thread each, and what they share.
//!
//! A Store is made, used and dropped on one core. What crosses from core to core is plain data:
//! jobs, and their outcomes.

mod guest;
mod thread;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use scheduler::Slots;

use crate::Error;
use crate::affinity::Cpus;
use crate::app::App;
use crate::config::{Config, Placement};
use crate::grants::Template;
use crate::job::{Children, Failure, Job, Scheduler, Spec};
use crate::state::Excess;
use crate::ticker::Ticker;
use crate::tree::Tree;

/// Instances without a job that a core keeps, because to make one costs far more than to call it.
const MAX_WARM: usize = 16;

/// What all cores of a run share.
pub(crate) struct Shared {
    app: App,
    template: Template,
    fresh: bool,
    /// Main, as a child of whoever runs the app.
    root: Arc<Children>,
    end: Mutex<Option<MainEnd>>,
    scheduler: Arc<Scheduler>,
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
    /// It trapped, or called `exit`. It may have been denied memory before.
    Trapped(wasmtime::Error, Option<Excess>),
    /// It was stopped.
    Stopped,
    /// It took longer than it may.
    TimedOut,
}

/// How many instances there may be in such a run, at most.
pub(crate) fn max_instances(config: &Config) -> u32 {
    let warm = if config.fresh { 0 } else { MAX_WARM };
    let depths = 1 + config.limits.depth as usize;
    u32::try_from(config.slots + depths + config.cores.get() * warm).unwrap_or(u32::MAX)
}

/// The cores of a run, at work.
pub(crate) struct Cores {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<Result<(), Error>>>,
}

impl Cores {
    /// Starts an app: main on core 0, its jobs wherever there is room.
    pub(crate) fn start(config: &Config, app: App, template: Template) -> Result<Self, Error> {
        let n = config.cores.get();
        let cpus =
            Cpus::allowed().map_err(|cause| Error::resources("read the CPUs of this process", cause))?;
        if cpus.are_shared_by(n) {
            tracing::warn!("{n} cores on {} CPUs: cores will share CPUs", cpus.count());
        }
        let ticker = Ticker::start(&app.engine)?;
        let placement = match config.placement {
            Placement::Steal => scheduler::Placement::Steal,
            Placement::Sharded => scheduler::Placement::Sharded,
        };
        let shared = Arc::new(Shared {
            app,
            template,
            fresh: config.fresh,
            root: Children::new(Arc::new(Tree::new(config.limits.clone(), config.grace))),
            end: Mutex::default(),
            scheduler: Arc::new(Scheduler::new(n, placement)),
            slots: Slots::new(config.slots, config.limits.depth),
            cpus,
            ticker,
        });
        shared.scheduler.inject(0, main(&shared));
        let mut cores = Self { shared, threads: Vec::with_capacity(n) };
        for core in 0..n {
            // If one cannot start, those that have are stopped and waited for by `drop`.
            cores.threads.push(thread::start(core, Arc::clone(&cores.shared))?);
        }
        Ok(cores)
    }

    /// The run as whoever wants to stop it needs it.
    pub(crate) fn root(&self) -> &Arc<Children> {
        &self.shared.root
    }

    /// Waits until main has ended, and with it all that it started.
    pub(crate) fn wait(mut self) -> Result<MainEnd, Error> {
        let bug = self.join();
        let outcome = self.shared.root.take().pop().map(|(_, outcome)| outcome);
        let end = self.shared.end.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (bug, outcome, end) {
            (Some(error), ..) => Err(error),
            (None, Some(Ok(_)), Some(end)) => Ok(end),
            (None, Some(Err(Failure::TimedOut(_))), _) => Ok(MainEnd::TimedOut),
            (None, Some(Err(Failure::Cancelled)), _) => Ok(MainEnd::Stopped),
            _ => Err(Error::host_bug("the cores ended before main")),
        }
    }

    fn join(&mut self) -> Option<Error> {
        let ended = self.threads.drain(..).map(thread::join);
        ended.fold(None, |bug, ended| bug.or(ended.err()))
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.shared.scheduler.shut_down();
            self.join();
        }
    }
}

/// Main as a job: it begins like every other, and is stopped like every other.
fn main(shared: &Shared) -> Arc<Job> {
    let timeout = shared.root.run().limits.timeout;
    let spec = Spec { entry: None, depth: 0, timeout, memory: None, fresh: true, bytes: 0 };
    shared.root.run().enter(0);
    shared.root.add(spec, Vec::new())
}
