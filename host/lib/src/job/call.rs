//! A job as this host defines it: a call of an export of the app, with its limits.

use std::any::Any;
use std::fmt;
#[cfg(feature = "cluster")]
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use scheduler::JobKind;
use tokio::sync::oneshot;

use super::items::Channel;
use super::outcome::Outcome;
use super::tree::Tree;
pub(crate) use crate::bindings::parallel::futures::types::{Failure, Refusal};
use crate::observe::event::{End, Event};

/// A job with its message, which only the caller that claimed the job has.
pub(crate) type Claimed = (Arc<Job>, Vec<u8>);

pub(crate) type Job = scheduler::Job<Call>;
pub(crate) type Children = scheduler::Children<Call>;
pub(crate) type Stop = scheduler::Stop<Call>;
pub(crate) type Scheduler = scheduler::Scheduler<Arc<Job>>;

/// The kind of job that this host schedules.
pub(crate) enum Call {}

/// One call of an export.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) target: Target,
    /// 0 for main and for a call of a client, 1 for a job of these, and so on.
    pub(crate) depth: u32,
    /// The timeout, measured from the start of the job.
    pub(crate) timeout: Option<Duration>,
    /// The memory limit of its instance.
    pub(crate) memory: Option<u64>,
    /// Whether its instance runs no other job.
    pub(crate) fresh: bool,
    /// The length of its message.
    pub(crate) bytes: usize,
    /// The channel to which it sends items, if it has a window.
    pub(crate) items: Option<Arc<Channel>>,
    /// The data for an observer; `None` if there is no observer.
    pub(crate) observed: Option<Box<Observed>>,
    /// Whether it was lost with another machine, and runs again on this one.
    #[cfg(feature = "cluster")]
    pub(crate) was_lost: AtomicBool,
}

/// What a job calls in its instance.
#[derive(Debug)]
pub(crate) enum Target {
    /// `wasi:cli/run`.
    Main,
    /// The function of the app that has this number, through the app's `worker`. Only the app knows which one it is.
    Entry(u32),
    /// An export, for a client outside of the app.
    Export(Client),
}

/// The kind of all calls of exports.
const EXPORT: u32 = u32::MAX;

impl Target {
    /// Returns the number by which calls of one function are known to have something in common; `None` for main.
    pub(crate) fn kind(&self) -> Option<u32> {
        match self {
            Self::Main => None,
            Self::Entry(entry) => Some(*entry),
            Self::Export(_) => Some(EXPORT),
        }
    }

    /// Returns the number of the function that `worker` calls.
    pub(crate) fn entry(&self) -> Option<u32> {
        match self {
            Self::Entry(entry) => Some(*entry),
            Self::Main | Self::Export(_) => None,
        }
    }
}

/// A caller outside of the app. It receives the end of its call, unless it has given the call up.
pub(crate) struct Client(Mutex<Option<oneshot::Sender<Result<(), Failure>>>>);

impl Client {
    pub(crate) fn new(end: oneshot::Sender<Result<(), Failure>>) -> Self {
        Self(Mutex::new(Some(end)))
    }

    /// Reports how the call has ended; `None` if nothing waits for it.
    fn report(&self, outcome: Option<&Outcome>) {
        let end = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(end), Some(outcome)) = (end, outcome) {
            _ = end.send(outcome.value.as_ref().map(drop).map_err(Failure::clone));
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

/// What a job gets when it begins.
pub(crate) enum Message {
    /// The arguments of an entry.
    Bytes(Vec<u8>),
    /// The call of an export, which only the module that runs it knows.
    Call(Box<dyn Any + Send>),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => f.debug_tuple("Bytes").field(&bytes.len()).finish(),
            Self::Call(_) => f.write_str("Call"),
        }
    }
}

/// The data of a job that events for an observer need.
#[derive(Debug)]
pub(crate) struct Observed {
    /// The number by which events name the job.
    pub(crate) name: u64,
    pub(crate) submitted: Instant,
    /// The core that runs it.
    pub(crate) core: OnceLock<usize>,
}

impl Observed {
    /// Creates the data of a job that is submitted now. Returns `None` without an observer.
    pub(crate) fn new(tree: &Tree) -> Option<Box<Self>> {
        let name = tree.number_job()?;
        Some(Box::new(Self { name, submitted: Instant::now(), core: OnceLock::new() }))
    }
}

/// A message longer than this is not kept while its instance runs other jobs.
const SHORT: usize = 64 << 10;

impl Spec {
    /// Creates the data of a call at depth 0, without a message and without limits of its own.
    pub(crate) fn new(target: Target) -> Self {
        Self {
            target,
            depth: 0,
            timeout: None,
            memory: None,
            fresh: false,
            bytes: 0,
            items: None,
            observed: None,
            #[cfg(feature = "cluster")]
            was_lost: AtomicBool::new(false),
        }
    }

    /// Returns whether this is a job, not main, with a short message and without settings of its own. Such a
    /// job may follow another within one call of an instance.
    pub(crate) fn is_plain(&self) -> bool {
        let Self { target, timeout, memory, fresh, bytes, .. } = self;
        target.entry().is_some() && timeout.is_none() && memory.is_none() && !fresh && *bytes <= SHORT
    }

    /// Returns the number by which events name the job, or 0 without an observer.
    pub(crate) fn name(&self) -> u64 {
        self.observed.as_ref().map_or(0, |observed| observed.name)
    }
}

/// Emits the event that this job has started on this core.
pub(crate) fn tell_start(job: &Job, core: usize, fresh: bool) {
    let Some(observed) = &job.spec.observed else { return };
    let (name, now) = (observed.name, Instant::now());
    let queued = now.saturating_duration_since(observed.submitted);
    _ = observed.core.set(core);
    job.tree().tell_of(now, || Event::Started { job: name, core, fresh, queued });
}

/// The reason why a job is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its parent does not wait for it any more.
    Forgotten,
    /// The embedder stopped the run.
    Cancelled,
    /// It ran longer than this timeout.
    TimedOut(Duration),
}

/// Creates a stop for this reason, whose deadline is one grace period from now.
pub(crate) fn stop(tree: &Tree, reason: Reason) -> Stop {
    Stop { reason, deadline: tree.deadline() }
}

impl JobKind for Call {
    type Tree = Arc<Tree>;
    type Spec = Spec;
    type Message = Message;
    type Outcome = Outcome;
    type Reason = Reason;
    type Moment = Instant;

    fn depth(spec: &Spec) -> u32 {
        spec.depth
    }

    fn tree_id(tree: &Arc<Tree>) -> u64 {
        tree.id
    }

    fn forgotten() -> Reason {
        Reason::Forgotten
    }

    fn stopped(_spec: &Spec, reason: Reason) -> Option<Outcome> {
        match reason {
            Reason::Forgotten => None,
            Reason::Cancelled => Some(Failure::Cancelled.into()),
            Reason::TimedOut(after) => {
                let nanoseconds = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
                Some(Failure::TimedOut(nanoseconds).into())
            }
        }
    }

    fn gone(tree: &Arc<Tree>, spec: &Spec, outcome: Option<&Outcome>) {
        tree.tell(|| {
            let core = spec.observed.as_ref().and_then(|observed| observed.core.get().copied());
            Event::Finished { job: spec.name(), core, end: end(outcome) }
        });
        tree.unqueue(spec.bytes);
        if let Target::Export(client) = &spec.target {
            client.report(outcome);
        }
    }

    fn dropped(tree: &Arc<Tree>) {
        tree.leave();
    }
}

/// Returns how a job with this outcome ended.
fn end(outcome: Option<&Outcome>) -> End {
    match outcome.map(|outcome| &outcome.value) {
        None => End::Dropped,
        Some(Ok(_)) => End::Returned,
        Some(Err(failure)) => match failure {
            Failure::Panicked(_) => End::Panicked,
            Failure::Trapped(_) => End::Trapped,
            Failure::Cancelled => End::Cancelled,
            Failure::TimedOut(_) => End::TimedOut,
            Failure::OutOfMemory(_) => End::OutOfMemory,
            Failure::OutOfBudget(_) => End::OutOfBudget,
            Failure::MessageTooLarge(_) => End::MessageTooLarge,
            Failure::BadMessage(_) => End::BadMessage,
            Failure::Refused(_) => End::Refused,
            Failure::Exited(_) => End::Exited,
            Failure::Lost(_) => End::Lost,
        },
    }
}
