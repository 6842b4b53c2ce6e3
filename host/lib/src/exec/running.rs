//! One run, as the cores see it: what they create its instances from, and how it ended.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use crate::job::account::Excess;
use crate::job::call::{Children, Failure, Job, Message, Observed, Spec, Target};
use crate::load::compiled::Compiled;
use crate::observe::event::Event;
use crate::store::grants::Template;

/// A run that has started and that some core or caller still holds.
pub(super) struct Running {
    pub(super) app: Arc<Compiled>,
    pub(super) template: Template,
    /// The parent of main, or of calls.
    pub(super) root: Arc<Children>,
    pub(super) end: Mutex<Option<MainEnd>>,
    /// Whether everything in the run has ended.
    pub(super) is_over: AtomicBool,
    /// Dropped with the run, when the last core lets go of it.
    pub(super) _alive: Sender<Infallible>,
}

/// How main ended.
pub(crate) enum MainEnd {
    /// It returned; whether with `Ok`.
    Returned(bool),
    /// It trapped, or called `exit`.
    Trapped {
        error: wasmtime::Error,
        /// What it was denied, if it ran out of memory.
        denied: Option<Excess>,
        /// The stack of the panic that it reported, which may be that of a job.
        stack: String,
    },
    /// It was stopped.
    Stopped,
    /// It ran longer than its timeout.
    TimedOut,
    /// The host panicked while it served main, with this text.
    Broken(String),
}

impl MainEnd {
    /// Classifies the end of main by what it returned, `None` if it was stopped, and by its failure.
    pub(super) fn new(returned: Option<wasmtime::Result<Result<(), ()>>>, failed: Option<&Failure>) -> Self {
        match (returned, failed) {
            (None, _) => Self::Stopped,
            (Some(Ok(result)), _) => Self::Returned(result.is_ok()),
            (Some(Err(error)), Some(Failure::OutOfMemory(excess))) => {
                Self::Trapped { error, denied: Some(excess.clone()), stack: String::new() }
            }
            (Some(Err(error)), Some(Failure::Panicked(panic))) => {
                Self::Trapped { error, denied: None, stack: panic.backtrace.clone() }
            }
            (Some(Err(error)), _) => Self::Trapped { error, denied: None, stack: String::new() },
        }
    }
}

impl Running {
    /// Returns the number of the run, unique in its host.
    pub(super) fn id(&self) -> u64 {
        self.root.tree().id
    }

    /// Creates main as a job: it starts and stops like any other.
    pub(super) fn main(&self) -> Arc<Job> {
        let tree = self.root.tree();
        let observed = Observed::new(tree);
        let timeout = tree.limits.timeout;
        let spec = Spec { timeout, fresh: true, observed, ..Spec::new(Target::Main) };
        tree.enter();
        self.root.add(spec, Message::Bytes(Vec::new()))
    }

    /// Emits the event that main is submitted.
    pub(super) fn tell_start(&self) {
        let name = || Arc::from("main");
        self.root.tree().tell(|| Event::Submitted { job: 0, parent: 0, depth: 0, bytes: 0, name: name() });
    }

    /// Stores how main ended.
    pub(super) fn set_end(&self, end: MainEnd) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    pub(super) fn take_end(&self) -> Option<MainEnd> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Blocks the calling thread until main, or all calls, and all jobs that these started have ended.
    pub(super) fn wait_for_jobs(&self) {
        futures_executor::block_on(poll_fn(|context| self.root.poll_all_gone(context)));
    }

    /// Releases the callers that wait for main or for calls, because no core will run these.
    pub(super) fn give_up(&self) {
        self.root.jobs().iter().for_each(|job| job.finish(Failure::Cancelled.into()));
    }
}
