//! One run, as the cores know it: what they make instances of, and how it ended.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use crate::job::account::Excess;
use crate::job::call::{Children, Failure, Job, Observed, Spec};
use crate::load::compiled::Compiled;
use crate::observe::event::Event;
use crate::store::grants::Template;

/// A run that has begun.
pub(super) struct Running {
    pub(super) app: Arc<Compiled>,
    pub(super) template: Template,
    /// Main, as a child of whoever runs the app.
    pub(super) root: Arc<Children>,
    pub(super) end: Mutex<Option<MainEnd>>,
    /// Whether nothing of it runs any more, or ever will.
    pub(super) is_over: AtomicBool,
    /// Dropped with the run, by whichever core is the last to let go of it.
    pub(super) _alive: Sender<Infallible>,
}

/// How main ended.
pub(crate) enum MainEnd {
    /// It returned, well or not.
    Returned(bool),
    /// It was ended because nobody reads its stdout any more, like a native program by SIGPIPE.
    NoReader,
    /// It trapped, or called `exit`; if it was for want of memory, with what it was denied.
    Trapped(wasmtime::Error, Option<Excess>),
    /// It was stopped.
    Stopped,
    /// It took longer than it may.
    TimedOut,
    /// The host panicked in its service, with this text.
    Broken(String),
}

/// Why main is ended whose stdout has no reader.
#[derive(Debug)]
pub(super) struct NoReader;

impl std::fmt::Display for NoReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("nobody reads its stdout any more")
    }
}

impl std::error::Error for NoReader {}

impl MainEnd {
    /// Of what main returned, if it came to an end by itself, and of the failure that this was.
    pub(super) fn new(returned: Option<wasmtime::Result<Result<(), ()>>>, failed: Option<&Failure>) -> Self {
        match (returned, failed) {
            (None, _) => Self::Stopped,
            (Some(Ok(result)), _) => Self::Returned(result.is_ok()),
            (Some(Err(error)), _) if error.is::<NoReader>() => Self::NoReader,
            (Some(Err(error)), Some(Failure::OutOfMemory(excess))) => {
                Self::Trapped(error, Some(excess.clone()))
            }
            (Some(Err(error)), _) => Self::Trapped(error, None),
        }
    }
}

impl Running {
    /// No other run of the host has it.
    pub(super) fn id(&self) -> u64 {
        self.root.tree().id
    }

    /// Main as a job: it begins like every other, and is stopped like every other.
    pub(super) fn main(&self) -> Arc<Job> {
        let tree = self.root.tree();
        let observed = Observed::new(tree);
        let timeout = tree.limits.timeout;
        let spec = Spec {
            entry: None,
            depth: 0,
            timeout,
            memory: None,
            fresh: true,
            bytes: 0,
            items: None,
            observed,
        };
        tree.enter();
        self.root.add(spec, Vec::new())
    }

    /// Tells that main is there.
    pub(super) fn tell_start(&self) {
        let name = || Arc::from("main");
        self.root.tree().tell(|| Event::Submitted { job: 0, parent: 0, depth: 0, bytes: 0, name: name() });
    }

    /// Says how main ended.
    pub(super) fn set_end(&self, end: MainEnd) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    pub(super) fn take_end(&self) -> Option<MainEnd> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Waits, on a thread that has nothing else to do.
    pub(super) fn wait_for_main(&self) {
        futures_executor::block_on(poll_fn(|context| self.root.poll_all_gone(context)));
    }

    /// Lets whoever waits for main go on, though nobody runs it any more.
    pub(super) fn give_up(&self) {
        if let Some(main) = self.root.get(0) {
            main.finish(Failure::Cancelled.into());
        }
    }
}
