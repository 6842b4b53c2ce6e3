//! Leases: how long a node may run the jobs of a session, and when the owner may call them lost.
//!
//! A node stamps each of its beats with the time of its own clock. The owner sends the latest stamp back. The
//! node's lease lasts `fence` from the newest stamp that came back; at its end, the node stops the jobs of the
//! session. The owner calls the jobs lost when it has received no new stamp for `lost`.
//!
//! ```text
//! node   ──stamp 1────────────lease of stamp 1──────────────► fence
//!             ╲       ╱ echo 1
//! owner        ╲─────╱────────────────────────────────────────────► lost
//! ```
//!
//! The node received its lease for a stamp that it had sent before the owner received it. So the lease ends
//! before the owner's time does, by at least `lost - fence`, however long messages take and in whichever
//! direction they are lost. Only a process that is stopped, or a machine that is suspended, can be late: it has
//! to ask for the lease before each effect, and at each tick of a job that computes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// The times of a lease. The owner sets them, for all its sessions.
///
/// ```
/// use std::time::Duration;
/// use cluster::Terms;
///
/// let second = Duration::from_secs(1);
/// assert!(Terms::new(second / 5, second, 2 * second).is_ok());
/// assert!(Terms::new(second / 5, 2 * second, second).is_err());
/// assert_eq!(Terms::default().lost(), 6 * second);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    beat: Duration,
    fence: Duration,
    lost: Duration,
}

impl Terms {
    /// Creates the terms: both sides send a beat this often, a node stops jobs after `fence` without an answer
    /// from their owner, and the owner calls them lost after `lost` without a beat from the node.
    ///
    /// # Errors
    ///
    /// `beat` is zero, or `fence` is not at least twice as long, or `lost` is not longer than `fence`: then a
    /// job could still run when its owner calls it lost.
    pub fn new(beat: Duration, fence: Duration, lost: Duration) -> Result<Self, TermsError> {
        let terms = Self { beat, fence, lost };
        if terms.hold() { Ok(terms) } else { Err(TermsError(terms)) }
    }

    /// Returns how often each side sends a beat.
    pub fn beat(&self) -> Duration {
        self.beat
    }

    /// Returns how long a node runs jobs without an answer from their owner.
    pub fn fence(&self) -> Duration {
        self.fence
    }

    /// Returns how long an owner waits for a beat before it calls jobs lost.
    pub fn lost(&self) -> Duration {
        self.lost
    }

    /// Returns whether the times are in the order that [`new`](Self::new) asks for. Terms that were received
    /// have to be checked.
    pub(crate) fn hold(&self) -> bool {
        !self.beat.is_zero() && self.fence >= self.beat.saturating_mul(2) && self.lost > self.fence
    }
}

impl Default for Terms {
    /// Returns a beat of 0.5 s, a fence of 4 s, and 6 s until a job is lost.
    fn default() -> Self {
        let [beat, fence, lost] = [500, 4000, 6000].map(Duration::from_millis);
        Self { beat, fence, lost }
    }
}

/// Why times are no [`Terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsError(Terms);

impl fmt::Display for TermsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Terms { beat, fence, lost } = self.0;
        write!(
            f,
            "a lease with a beat of {beat:?}, a fence of {fence:?} and {lost:?} until a job is lost: the fence \
             has to be at least two beats, and shorter than the time until a job is lost"
        )
    }
}

impl std::error::Error for TermsError {}

/// The lease of one session, as the node has it. Clones refer to the same lease.
///
/// The threads that run the jobs ask it before each effect; this is a single load.
///
/// ```
/// use std::time::Duration;
/// use cluster::{Lease, Moment};
///
/// let end = Moment::from_start(Duration::from_secs(4));
/// let lease = Lease::until(end);
/// assert!(!lease.is_over(Moment::default()));
/// assert!(lease.is_over(end));
/// ```
#[derive(Clone, Debug)]
pub struct Lease(Arc<AtomicU64>);

impl Lease {
    /// Creates a lease that ends at this moment.
    pub fn until(end: Moment) -> Self {
        Self(Arc::new(AtomicU64::new(end.nanoseconds())))
    }

    /// Returns whether the lease is over: then nothing of the session's jobs may have an effect any more.
    pub fn is_over(&self, now: Moment) -> bool {
        now >= self.end()
    }

    /// Returns the moment at which the lease ends, unless it is extended.
    pub fn end(&self) -> Moment {
        Moment::from_start(Duration::from_nanos(self.0.load(Ordering::Acquire)))
    }

    /// Extends the lease to this moment, if it ends earlier.
    pub(crate) fn extend(&self, end: Moment) {
        self.0.fetch_max(end.nanoseconds(), Ordering::AcqRel);
    }

    /// Ends the lease.
    pub(crate) fn cancel(&self) {
        self.0.store(0, Ordering::Release);
    }
}
