//! The cores: one pinned thread each, and the state they share.
//!
//! They serve any number of runs at a time. A Store is created, used and dropped on one core. Only plain data
//! crosses between cores: jobs, and their outcomes.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Once, OnceLock};
use std::thread::JoinHandle;

use scheduler::Slots;

use super::running::{MainEnd, Running};
use super::shared::{Runs, Shared};
use super::tasks::Tasks;
use super::thread;
use super::ticker::Ticker;
use crate::Error;
use crate::config::{Config, Placement, RunConfig};
use crate::job::call::{Children, Failure, Scheduler};
use crate::job::tree::Tree;
use crate::load::compiled::Compiled;
use crate::load::engines::Clock;
use crate::machine::Cpus;
use crate::store::grants::Template;

/// The running cores of a host. They end when the last clone of this is dropped.
#[derive(Clone)]
pub(crate) struct Cores(Arc<Threads>);

struct Threads {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Cores that have been started, and may not be ready yet.
pub(crate) struct Starting {
    threads: Threads,
    are_ready: Receiver<Result<(), Error>>,
}

impl Starting {
    /// Waits until all cores are ready.
    pub(crate) fn wait(self) -> Result<Cores, Error> {
        for _ in 0..self.threads.threads.len() {
            // A core that panics during its start sends nothing.
            let unsaid = |_| Err(Error::host_bug("a core ended before it began"));
            self.are_ready.recv().unwrap_or_else(unsaid)?;
        }
        Ok(Cores(Arc::new(self.threads)))
    }
}

impl Cores {
    /// Starts the cores, without any run. Each keeps at most `max_warm` instances without a job.
    pub(crate) fn start(config: &Config, clock: Clock, max_warm: usize) -> Result<Starting, Error> {
        let n = config.cores.get();
        let cpus = Cpus::allowed();
        if cpus.are_shared_by(n) {
            tracing::warn!("{n} cores on {} CPUs: cores will share CPUs", cpus.count());
        }
        let placement = match config.placement {
            Placement::Steal => scheduler::Placement::Steal,
            Placement::Sharded => scheduler::Placement::Sharded,
            Placement::Global => scheduler::Placement::Global,
        };
        let scheduler = Scheduler::new(n, placement);
        let scheduler = if config.preemption { scheduler } else { scheduler.without_ticks() };
        let runs = Runs { running: HashMap::new(), started: 0, max: config.runs, error: None };
        let shared = Arc::new(Shared {
            scheduler: Arc::new(scheduler),
            slots: Slots::new(config.slots, 0),
            headroom: Arc::default(),
            max_warm,
            cpus,
            unbound: Once::new(),
            ticker: config.preemption.then(|| Ticker::start(clock)).transpose()?,
            runs: Mutex::new(runs),
            ended: AtomicU64::new(0),
            tasks: (0..n).map(|_| OnceLock::new()).collect(),
        });
        let mut threads = Threads { shared, threads: Vec::with_capacity(n) };
        let (ready, are_ready) = channel();
        for core in 0..n {
            // If a core cannot start, `drop` ends and joins the cores that have started.
            threads.threads.push(thread::start(core, Arc::clone(&threads.shared), ready.clone())?);
        }
        Ok(Starting { threads, are_ready })
    }

    /// Returns how many runs there are, and how many of the shared slots are free.
    pub(crate) fn usage(&self) -> (usize, usize) {
        let shared = &self.0.shared;
        (shared.runs().running.len(), shared.slots.free())
    }

    /// Starts an app: main on one core, its jobs on any core with room. `prepare` is called before main begins.
    pub(crate) fn run<R>(
        &self,
        app: Arc<Compiled>,
        template: Template,
        config: &RunConfig,
        prepare: impl FnOnce(&Root) -> R,
    ) -> Result<(Root, R), Error> {
        let root = self.begin(app, template, config)?;
        let prepared = prepare(&root);
        let main = root.running.main();
        root.running.tell_start();
        let scheduler = &self.0.shared.scheduler;
        let core = usize::try_from(root.running.id()).unwrap_or_default() % scheduler.cores();
        scheduler.inject(core, main);
        // The cores may have ended before main was in the queue, and then none takes it.
        if scheduler.is_shut_down() {
            root.running.give_up();
        }
        Ok((root, prepared))
    }

    /// Returns the tasks of each core.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = &Tasks> {
        self.0.shared.tasks.iter().filter_map(OnceLock::get)
    }

    /// Begins a run that has no job yet.
    pub(super) fn begin(
        &self,
        app: Arc<Compiled>,
        template: Template,
        config: &RunConfig,
    ) -> Result<Root, Error> {
        let shared = &self.0.shared;
        let mut runs = shared.runs();
        if let Some(error) = runs.error.take() {
            return Err(error);
        }
        if shared.scheduler.is_shut_down() {
            return Err(Error::host_bug("its cores have ended"));
        }
        if runs.running.len() >= runs.max {
            return Err(Error::too_many_runs(runs.max));
        }
        let id = runs.started;
        runs.started += 1;
        let tree = Tree::new(id, config, shared.slots.for_tree(config.limits.depth));
        let (alive, gone) = channel();
        let running = Arc::new(Running {
            app,
            template,
            root: Children::new(Arc::new(tree)),
            end: Mutex::default(),
            is_over: AtomicBool::new(false),
            _alive: alive,
        });
        runs.running.insert(id, Arc::clone(&running));
        drop(runs);
        Ok(Root { cores: self.clone(), running, gone })
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.scheduler.shut_down();
        for thread in self.threads.drain(..) {
            // Callers that waited for a run have already received the error of a panic.
            _ = thread.join();
        }
    }
}

/// A run, as the parent of its main, or of its calls.
pub(crate) struct Root {
    pub(super) cores: Cores,
    pub(super) running: Arc<Running>,
    /// Disconnects when no core holds the run any more.
    gone: Receiver<std::convert::Infallible>,
}

impl Root {
    pub(crate) fn scheduler(&self) -> Arc<Scheduler> {
        Arc::clone(&self.cores.0.shared.scheduler)
    }

    /// Returns the children of the root: main, or calls.
    pub(crate) fn children(&self) -> &Arc<Children> {
        &self.running.root
    }

    /// Waits until main and all jobs that it started have ended, and until no core has an instance of the
    /// run.
    pub(crate) fn wait(self) -> Result<MainEnd, Error> {
        self.close();
        let outcome = self.running.root.take().pop().map(|(_, outcome)| outcome.value);
        let end = self.running.take_end();
        let cores = self.leave();
        let shared = &cores.0.shared;
        match (outcome, end) {
            (Some(Err(Failure::TimedOut(_))), _) => Ok(MainEnd::TimedOut),
            (Some(Err(Failure::Cancelled)), None) if shared.scheduler.is_shut_down() => {
                let error = shared.runs().error.take();
                Err(error.unwrap_or_else(|| Error::host_bug("the cores ended before main")))
            }
            (Some(Err(Failure::Cancelled)), _) => Ok(MainEnd::Stopped),
            (Some(_), Some(end)) => Ok(end),
            _ => Err(Error::host_bug("main ended without a word")),
        }
    }

    /// Waits until all jobs have ended, and ends the run.
    pub(super) fn close(&self) {
        self.running.wait_for_jobs();
        let shared = &self.cores.0.shared;
        shared.runs().running.remove(&self.running.id());
        self.running.is_over.store(true, Ordering::SeqCst);
        shared.ended.fetch_add(1, Ordering::SeqCst);
        shared.scheduler.wake_all();
    }

    /// Waits until no core has an instance of the run, which has ended.
    pub(super) fn leave(self) -> Cores {
        let Self { cores, running, gone } = self;
        drop(running);
        // The channel never carries a value: `recv` returns when the last core has dropped the run.
        _ = gone.recv();
        cores
    }

    /// Returns why the cores have ended, if they have.
    pub(super) fn broken(&self) -> Option<Error> {
        let shared = &self.cores.0.shared;
        let unsaid = || Error::host_bug("the cores have ended");
        shared.scheduler.is_shut_down().then(|| shared.runs().error.take().unwrap_or_else(unsaid))
    }
}

#[cfg(test)]
mod tests;
