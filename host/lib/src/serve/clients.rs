//! The clients of a server: how many there may be, and when they have to leave.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use super::access_log::AccessLog;
use super::config::ServeConfig;
use crate::exec::service::Caller;

/// Whether a server accepts requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Serving,
    /// Requests that have begun may end.
    Draining,
    /// Everything is closed.
    Stopped,
}

impl Phase {
    /// Moves to a later phase. Returns whether this is one.
    pub(super) fn advance(&mut self, to: Self) -> bool {
        let is_later = to > *self;
        *self = to.max(*self);
        is_later
    }
}

/// What all connections of a server share.
pub(super) struct Clients {
    pub(super) config: ServeConfig,
    pub(super) caller: Caller,
    /// Whether an instance handles one request after another.
    pub(super) reuse: bool,
    pub(super) log: Option<AccessLog>,
    phase: Arc<watch::Sender<Phase>>,
    /// A permit for each request that may be handled.
    requests: Arc<Semaphore>,
    waiting: AtomicUsize,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    open: BTreeMap<u64, Arc<Activity>>,
    accepted: u64,
}

/// What a connection is doing.
pub(super) struct Activity {
    since: Instant,
    /// How many requests have not been answered.
    requests: AtomicUsize,
    /// When the last request was answered, in milliseconds.
    idle_since: AtomicU64,
    /// When the first byte of the next request came, in milliseconds, plus 1; or 0.
    head_since: AtomicU64,
    /// Notified when the connection has to be closed for another.
    pub(super) must_close: Notify,
}

impl Clients {
    pub(super) fn new(
        config: &ServeConfig,
        caller: Caller,
        phase: Arc<watch::Sender<Phase>>,
        reuse: bool,
        log: Option<AccessLog>,
    ) -> Arc<Self> {
        let permits = config.max_requests.min(Semaphore::MAX_PERMITS);
        Arc::new(Self {
            config: config.clone(),
            caller,
            reuse,
            log,
            phase,
            requests: Arc::new(Semaphore::new(permits)),
            waiting: AtomicUsize::new(0),
            connections: Mutex::default(),
        })
    }

    pub(super) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    /// Returns whether the server is about to end.
    pub(super) fn is_leaving(&self) -> bool {
        *self.phase.borrow() != Phase::Serving
    }

    /// Ends everything.
    pub(super) fn stop(&self) {
        self.phase.send_if_modified(|phase| phase.advance(Phase::Stopped));
    }

    /// Waits until a request may be handled. Returns `None` if too many others wait.
    pub(super) async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = Arc::clone(&self.requests).try_acquire_owned() {
            return Some(permit);
        }
        let waiting = Waiting::new(&self.waiting);
        if waiting.number > self.config.max_requests {
            return None;
        }
        Arc::clone(&self.requests).acquire_owned().await.ok()
    }

    /// Adds a connection. If there are too many, the one that has been idle for the longest time has to close.
    pub(super) fn connect(self: &Arc<Self>) -> Connected {
        let mut connections = self.connections();
        if connections.open.len() >= self.config.max_connections {
            let idle = connections.open.values().filter(|activity| activity.is_idle());
            let longest = idle.min_by_key(|activity| activity.since + activity.idle_since());
            if let Some(activity) = longest {
                activity.must_close.notify_one();
            }
        }
        connections.accepted += 1;
        let number = connections.accepted;
        let activity = Arc::new(Activity {
            since: Instant::now(),
            requests: AtomicUsize::new(0),
            idle_since: AtomicU64::new(0),
            head_since: AtomicU64::new(1),
            must_close: Notify::new(),
        });
        connections.open.insert(number, Arc::clone(&activity));
        Connected { clients: Arc::clone(self), number, activity }
    }

    /// Returns how many connections there are.
    pub(super) fn len(&self) -> usize {
        self.connections().open.len()
    }

    fn connections(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a request that waits for its permit, until it is dropped.
struct Waiting<'a> {
    waiting: &'a AtomicUsize,
    number: usize,
}

impl<'a> Waiting<'a> {
    fn new(waiting: &'a AtomicUsize) -> Self {
        Self { waiting, number: waiting.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// An open connection. Dropping it makes room for another.
pub(super) struct Connected {
    clients: Arc<Clients>,
    number: u64,
    activity: Arc<Activity>,
}

impl Connected {
    pub(super) fn clients(&self) -> &Arc<Clients> {
        &self.clients
    }

    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.clients.connections().open.remove(&self.number);
    }
}

impl Activity {
    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn is_idle(&self) -> bool {
        self.requests.load(Ordering::Relaxed) == 0
    }

    fn idle_since(&self) -> Duration {
        Duration::from_millis(self.idle_since.load(Ordering::Relaxed))
    }

    /// Notes that the client has sent something.
    pub(super) fn receive(&self) {
        if self.is_idle() && self.head_since.load(Ordering::Relaxed) == 0 {
            self.head_since.store(self.now() + 1, Ordering::Relaxed);
        }
    }

    /// Notes that the head of a request has arrived.
    pub(super) fn begin(self: &Arc<Self>) -> Busy {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
        Busy(Arc::clone(self))
    }

    /// Returns how long to wait before the connection may have to be closed, or `None` if that time is over.
    pub(super) fn patience(&self, config: &ServeConfig) -> Option<Duration> {
        if !self.is_idle() {
            return Some(config.header_timeout.min(config.idle_timeout));
        }
        let deadline = match self.head_since.load(Ordering::Relaxed) {
            0 => self.idle_since() + config.idle_timeout,
            since => Duration::from_millis(since - 1) + config.header_timeout,
        };
        deadline.checked_sub(self.since.elapsed()).filter(|left| !left.is_zero())
    }
}

/// Counts a request of a connection until it is dropped.
pub(super) struct Busy(Arc<Activity>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.now(), Ordering::Relaxed);
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}
