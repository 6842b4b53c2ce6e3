//! What the functions of one library have in common, and the options of a call.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::exec::service::Caller;
use crate::exec::session::Session;
use crate::load::compiled::Compiled;

/// What the functions of a library have in common.
pub(super) struct Shared {
    pub(super) app: Arc<Compiled>,
    pub(super) caller: Caller,
    /// The time limit of each call.
    pub(super) timeout: Option<Duration>,
    cores: usize,
    /// The number of calls that were ever made, for the core of the next.
    made: AtomicUsize,
}

/// The options of a call.
#[derive(Clone, Default)]
pub(super) struct Options {
    pub(super) timeout: Option<Duration>,
    pub(super) fresh: bool,
    pub(super) session: Option<Arc<Session>>,
}

impl Shared {
    pub(super) fn new(
        app: Arc<Compiled>,
        caller: Caller,
        cores: usize,
        timeout: Option<Duration>,
    ) -> Arc<Self> {
        Arc::new(Self { app, caller, timeout, cores, made: AtomicUsize::new(0) })
    }

    /// Returns the core for the next call: the cores follow each other.
    pub(super) fn next_core(&self) -> usize {
        self.made.fetch_add(1, Ordering::Relaxed) % self.cores.max(1)
    }
}
