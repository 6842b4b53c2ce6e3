//! The events of a run, reported as they happen.
//!
//! An embedder gives the run an [`Observer`] to receive them. A run without an observer spends nothing on
//! events: none is created, and no clock is read for them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Something that happened to a job or to an instance.
///
/// A job is identified by a number that is unique in its run; main is 0. Events of one job are reported in
/// the order in which they happen. Events of two jobs may be reported by two cores at the same time.
///
/// ```text
/// Submitted ─► Started ─► (Suspended ─► Resumed)* ─► Stopping? ─► Finished
///     └────────────────────────────────────────────────────────────┘
/// ```
///
/// # Examples
///
/// ```
/// use host::{End, Event};
///
/// fn has_gone_wrong(event: &Event) -> bool {
///     matches!(event, Event::Finished { end: End::Panicked | End::Trapped, .. })
/// }
///
/// assert!(!has_gone_wrong(&Event::Finished { job: 1, core: Some(0), end: End::Returned }));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A parent submitted a job, which now waits for a core. Main is its own parent.
    Submitted {
        /// The job.
        job: u64,
        /// The job that submitted it.
        parent: u64,
        /// 0 for main, 1 for its jobs, and so on.
        depth: u32,
        /// The length of its message in bytes.
        bytes: usize,
        /// The app's name for the job, or `entry 7` if the app has none; main is `main`. Jobs with the same
        /// name usually share the allocation.
        name: Arc<str>,
    },
    /// A job began to run on a core. It stays on that core.
    Started {
        /// The job.
        job: u64,
        /// The core, counted from 0.
        core: usize,
        /// Whether a new instance is created for it. If not, it gets one that ran another job before.
        fresh: bool,
        /// How long the job waited for a core.
        queued: Duration,
    },
    /// A job no longer occupies its core.
    Suspended {
        /// The job.
        job: u64,
        /// Its core.
        core: usize,
        /// Whether the job could have continued. If not, it waits for something.
        yielded: bool,
    },
    /// A job is running on its core again.
    Resumed {
        /// The job.
        job: u64,
        /// Its core.
        core: usize,
    },
    /// A job left for a node of the cluster, where it runs now. Its next event is the last.
    HandedOver {
        /// The job.
        job: u64,
        /// How long the job waited for a core.
        queued: Duration,
    },
    /// A running job was asked to stop.
    Stopping {
        /// The job.
        job: u64,
    },
    /// A job has ended, with all jobs that it started.
    Finished {
        /// The job.
        job: u64,
        /// The core that it ran on; `None` if it never began.
        core: Option<usize>,
        /// How it ended.
        end: End,
    },
    /// An instance was created.
    InstanceMade {
        /// The core that it belongs to.
        core: usize,
    },
    /// An instance was dropped.
    InstanceDropped {
        /// The core that it belonged to.
        core: usize,
    },
}

/// How a job ended.
///
/// # Examples
///
/// ```
/// assert_eq!(host::End::OutOfMemory.to_string(), "out of memory");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum End {
    /// It returned a result. The result may be an error; the host does not inspect it.
    Returned,
    /// Its parent no longer waited for it, or had ended.
    Dropped,
    /// The run was stopped from outside the app.
    Cancelled,
    /// It exceeded its time limit.
    TimedOut,
    /// It panicked.
    Panicked,
    /// It trapped.
    Trapped,
    /// It called `exit`.
    Exited,
    /// It was denied memory.
    OutOfMemory,
    /// It called the host more often than its limit allows.
    OutOfBudget,
    /// Its message or its result was too large.
    MessageTooLarge,
    /// Its message did not match what its function takes.
    BadMessage,
    /// It never began.
    Refused,
    /// The machine that it ran on has ended, or cannot be reached.
    Lost,
}

impl End {
    /// All variants, in the order in which they are declared.
    pub(crate) const ALL: [Self; 13] = [
        Self::Returned,
        Self::Dropped,
        Self::Cancelled,
        Self::TimedOut,
        Self::Panicked,
        Self::Trapped,
        Self::Exited,
        Self::OutOfMemory,
        Self::OutOfBudget,
        Self::MessageTooLarge,
        Self::BadMessage,
        Self::Refused,
        Self::Lost,
    ];

    /// Returns a description of a word or a few, for people.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Dropped => "dropped",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::Panicked => "panicked",
            Self::Trapped => "trapped",
            Self::Exited => "exited",
            Self::OutOfMemory => "out of memory",
            Self::OutOfBudget => "out of budget",
            Self::MessageTooLarge => "message too large",
            Self::BadMessage => "bad message",
            Self::Refused => "refused",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A callback that receives the events of a run.
///
/// It is called by the cores and by the threads that start, stop or drop the run: concurrently, and in the
/// middle of their work. So it should be quick, and must not wait. It may stop the run and query the host's
/// usage. If it panics, the panic is printed and the run continues without that event having been observed.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use host::{Event, Observer};
///
/// let ended = Arc::new(AtomicU64::new(0));
/// let mut config = host::RunConfig::default();
/// config.observer = Some(Observer::new({
///     let ended = Arc::clone(&ended);
///     move |event| {
///         if let Event::Finished { .. } = event {
///             ended.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }));
/// ```
#[derive(Clone)]
pub struct Observer(Arc<Tell>);

/// The function that is called for an event, with the time at which it happened.
type Tell = dyn Fn(&Event, Instant) + Send + Sync;

impl Observer {
    /// Creates an observer that calls this function for every event.
    ///
    /// # Examples
    ///
    /// ```
    /// let observer = host::Observer::new(|event| eprintln!("{event:?}"));
    /// ```
    pub fn new(tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self::with_time(move |event, _| tell(event))
    }

    /// Returns an observer that calls this one and then the other.
    ///
    /// # Examples
    ///
    /// ```
    /// let stats = host::Stats::new(host::Config::default().cores);
    /// let mut config = host::RunConfig::default();
    /// config.observer = Some(stats.observer().and(host::Observer::new(|event| eprintln!("{event:?}"))));
    /// ```
    #[must_use = "this calls both, and each of the two still calls one"]
    pub fn and(self, other: Self) -> Self {
        // Each catches its own panics, so that the other still receives the event.
        Self::with_time(move |event, at| {
            self.tell(event, at);
            other.tell(event, at);
        })
    }

    /// Creates an observer that also receives the time of each event. Reading the clock is most of what an
    /// event costs.
    pub(crate) fn with_time(tell: impl Fn(&Event, Instant) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, event: &Event, at: Instant) {
        // A panic that unwinds through a core would end all of its guests.
        _ = catch_unwind(AssertUnwindSafe(|| (self.0)(event, at)));
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}
