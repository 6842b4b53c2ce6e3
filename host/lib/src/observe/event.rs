//! What happens in a run, told while it happens.
//!
//! Who wants to know gives the run an [`Observer`]. A run without one spends nothing on this: no
//! event is made, and no clock is read for it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Something that happened to a job, or to an instance.
///
/// A job is a number that no other job of the run has; main is 0. What happens to one job is told in
/// the order in which it happens; what happens to two is told by two cores, at the same time.
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
    /// A job was started, and waits for a core. Main is its own parent.
    Submitted {
        /// The job.
        job: u64,
        /// The job that started it.
        parent: u64,
        /// 0 for main, 1 for its jobs, and so on.
        depth: u32,
        /// How long its message is.
        bytes: usize,
        /// What the app calls it, or `entry 7` if it has no name for it; main is `main`. Jobs of one name
        /// mostly share it.
        name: Arc<str>,
    },
    /// A job began to run on a core, and stays there.
    Started {
        /// The job.
        job: u64,
        /// The core, counted from 0.
        core: usize,
        /// Whether an instance is made for it. If not, it gets one that ran a job before.
        fresh: bool,
        /// How long it has waited for a core.
        queued: Duration,
    },
    /// A job left its core to others.
    Suspended {
        /// The job.
        job: u64,
        /// Its core.
        core: usize,
        /// Whether it would rather have gone on. If not, it waits for something.
        yielded: bool,
    },
    /// A job has its core again.
    Resumed {
        /// The job.
        job: u64,
        /// Its core.
        core: usize,
    },
    /// A job that runs has to stop.
    Stopping {
        /// The job.
        job: u64,
    },
    /// A job is gone, and all that it started.
    Finished {
        /// The job.
        job: u64,
        /// The core that it ran on; `None` if it never began.
        core: Option<usize>,
        /// How it ended.
        end: End,
    },
    /// An instance is made.
    InstanceMade {
        /// The core that it belongs to.
        core: usize,
    },
    /// An instance is gone.
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
    /// It returned a result. That may be an error; the host does not look at it.
    Returned,
    /// Its parent did not wait for it any more, or had ended.
    Dropped,
    /// Whoever runs the app stopped it.
    Cancelled,
    /// It took longer than it may.
    TimedOut,
    /// It panicked.
    Panicked,
    /// It trapped.
    Trapped,
    /// It called `exit`.
    Exited,
    /// It was denied memory.
    OutOfMemory,
    /// It called the host more often than it may.
    OutOfBudget,
    /// Its message or its result was too large.
    MessageTooLarge,
    /// Its message was not what its function takes.
    BadMessage,
    /// It never began.
    Refused,
}

impl End {
    /// All of them, in the order in which they are declared.
    pub(crate) const ALL: [Self; 12] = [
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
    ];

    /// In a word or two, for people.
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
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who is told what happens in a run.
///
/// It is called by the cores, and by whoever starts, stops or drops the run: several at a time, in the
/// middle of what they do. So it had better be quick, and must not wait. It may stop the run, and ask the
/// host what is in use. If it panics, that is printed, and the run goes on without it having been told.
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

/// What is called for an event, with the time at which it happened.
type Tell = dyn Fn(&Event, Instant) + Send + Sync;

impl Observer {
    /// One that calls this for every event.
    ///
    /// # Examples
    ///
    /// ```
    /// let observer = host::Observer::new(|event| eprintln!("{event:?}"));
    /// ```
    pub fn new(tell: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self::with_time(move |event, _| tell(event))
    }

    /// One that calls this, and then the other.
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
        // Each catches its own panics, so that the other is told.
        Self::with_time(move |event, at| {
            self.tell(event, at);
            other.tell(event, at);
        })
    }

    /// One that also needs to know when it happened: to look at the clock is most of what telling costs.
    pub(crate) fn with_time(tell: impl Fn(&Event, Instant) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    pub(crate) fn tell(&self, event: &Event, at: Instant) {
        // A core that unwinds would take all its guests with it.
        _ = catch_unwind(AssertUnwindSafe(|| (self.0)(event, at)));
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observer").finish_non_exhaustive()
    }
}
