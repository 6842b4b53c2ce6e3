//! A run without main: its jobs come from the owner of the run, on another machine.
//!
//! Such a job is like one of main: it waits in the queue of a core, any core may take it, and what it starts stays
//! on this machine. Its outcome is handed over when nothing of it is left.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Wake, Waker};
use std::time::Instant;

use super::cores::{Cores, Root};
use crate::Error;
use crate::config::RunConfig;
use crate::job::call::{Children, Failure, Job, Message, Reason, Scheduler, Spec, Stop};
use crate::job::outcome::Outcome;
use crate::load::compiled::Compiled;
use crate::store::grants::Template;

/// A run whose jobs come from another machine. It has to be ended by [`wait`](Self::wait).
pub(crate) struct RemoteRun<K> {
    root: Root,
    jobs: Arc<Jobs<K>>,
    scheduler: Arc<Scheduler>,
    /// The core that gets the next job.
    next: AtomicUsize,
}

/// The jobs that have not ended. `K` is the owner's name of a job.
pub(crate) struct Jobs<K> {
    /// Weak, because the record has a waker that refers to this.
    root: Weak<Children>,
    /// The jobs by their numbers here. Locked while an outcome is taken, because then its number may be used again.
    named: Mutex<HashMap<u32, Named<K>>>,
    ended: Ended<K>,
}

/// What is called at the end of each job.
type Ended<K> = Box<dyn Fn(&K, End) + Send + Sync>;

/// A job, and what its owner calls it.
struct Named<K> {
    name: K,
    is_stopped: bool,
}

/// How a job ended.
pub(crate) enum End {
    /// It has an outcome.
    Outcome(Outcome),
    /// It was stopped.
    Stopped,
}

impl<K: Eq + Send + 'static> RemoteRun<K> {
    /// Starts a run of this app on these cores, without a job. `ended` is called at the end of each job, on any
    /// thread, and must not block.
    ///
    /// # Errors
    ///
    /// The host has as many runs as it may have, or the cores have ended.
    pub(crate) fn start(
        cores: &Cores,
        app: Arc<Compiled>,
        template: Template,
        config: &RunConfig,
        ended: impl Fn(&K, End) + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let root = cores.begin(app, template, config)?;
        let jobs = Arc::new(Jobs {
            root: Arc::downgrade(root.children()),
            named: Mutex::default(),
            ended: Box::new(ended),
        });
        jobs.collect();
        let scheduler = root.scheduler();
        Ok(Self { root, jobs, scheduler, next: AtomicUsize::new(0) })
    }

    /// Starts a job. If there is no memory for its message, it ends at once.
    pub(crate) fn job(&self, name: K, spec: Spec, message: Vec<u8>) {
        let tree = self.root.children().tree();
        tree.enter();
        let refusal = tree.queue(message.len()).err();
        let bytes = if refusal.is_some() { 0 } else { message.len() };
        let spec = Spec { bytes, ..spec };
        let mut named = self.jobs.lock();
        let job = self.root.children().add(spec, Message::Bytes(message));
        named.insert(job.number(), Named { name, is_stopped: false });
        drop(named);
        if let Some(excess) = refusal {
            return job.finish(Failure::OutOfMemory(excess).into());
        }
        let core = self.next.fetch_add(1, Ordering::Relaxed) % self.scheduler.cores();
        self.scheduler.inject(core, Arc::clone(&job));
        // The cores may have ended before this job was in the queue, and then none takes it.
        if self.scheduler.is_shut_down() {
            job.finish(Failure::Cancelled.into());
        }
    }

    /// Asks a job to stop by this time. Does nothing if it has ended.
    pub(crate) fn stop(&self, name: &K, deadline: Instant) {
        self.jobs.stop(|other| other == name, deadline);
    }

    /// Asks all jobs to stop by this time.
    pub(crate) fn stop_all(&self, deadline: Instant) {
        self.jobs.stop(|_| true, deadline);
    }

    pub(crate) fn jobs(&self) -> &Arc<Jobs<K>> {
        &self.jobs
    }

    /// Waits until all jobs have ended, and until no core has an instance of the run.
    pub(crate) fn wait(self) {
        self.root.close();
        drop(self.jobs);
        self.root.leave();
    }
}

impl<K: Send + 'static> Jobs<K> {
    /// Calls a function with the name of a job that has not ended, if there is one. No job ends meanwhile.
    pub(crate) fn with_any(&self, call: impl FnOnce(&K)) {
        if let Some(Named { name, .. }) = self.lock().values().next() {
            call(name);
        }
    }

    fn stop(&self, is_meant: impl Fn(&K) -> bool, deadline: Instant) {
        let Some(root) = self.root.upgrade() else { return };
        let mut named = self.lock();
        let meant = named.iter_mut().filter(|(_, named)| is_meant(&named.name));
        let stopped: Vec<Arc<Job>> = meant
            .filter_map(|(number, named)| {
                named.is_stopped = true;
                root.get(*number)
            })
            .collect();
        // A job that never ran ends here, and is collected at once.
        drop(named);
        stopped.iter().for_each(|job| job.stop(Stop { reason: Reason::Cancelled, deadline }));
    }

    /// Reports the jobs that have ended, and waits for more.
    fn collect(self: &Arc<Self>) {
        let Some(root) = self.root.upgrade() else { return };
        let waker = Waker::from(Arc::clone(self));
        while root.poll_ready(&Context::from_waker(&waker)).is_ready() {
            let mut named = self.lock();
            for (number, outcome) in root.take() {
                let Some(Named { name, is_stopped }) = named.remove(&number) else { continue };
                let end = match outcome.value {
                    Err(Failure::Cancelled) if is_stopped => End::Stopped,
                    _ => End::Outcome(outcome),
                };
                (self.ended)(&name, end);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Named<K>>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Woken when a job has ended.
impl<K: Send + 'static> Wake for Jobs<K> {
    fn wake(self: Arc<Self>) {
        self.collect();
    }
}

impl<K> fmt::Debug for Jobs<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jobs").finish_non_exhaustive()
    }
}
