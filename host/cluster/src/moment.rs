//! Moments: points in time on the clock of one machine.
//!
//! A moment means nothing on another machine. A node sends its moments to owners as stamps, and gets them back;
//! all other times cross as durations.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time on the clock of one machine, in nanoseconds since a start that does not matter.
///
/// The clock has to go on while the process is stopped and while the machine is suspended: a lease that ended
/// meanwhile must be over when the process resumes.
///
/// ```
/// use std::time::Duration;
/// use cluster::Moment;
///
/// let start = Moment::default();
/// let later = start + Duration::from_millis(5);
/// assert!(later > start);
/// assert_eq!(later.since(start), Duration::from_millis(5));
/// assert_eq!(start.since(later), Duration::ZERO);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(u64);

impl Moment {
    /// Creates the moment this long after the start of the clock.
    pub fn from_start(passed: Duration) -> Self {
        Self(nanoseconds(passed))
    }

    /// Returns the time from `earlier` to this moment, and zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Returns the nanoseconds since the start of the clock.
    pub(crate) fn nanoseconds(self) -> u64 {
        self.0
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    /// Returns the moment this much later. Moments in the far future are all the same.
    fn add(self, passed: Duration) -> Self {
        Self(self.0.saturating_add(nanoseconds(passed)))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Duration::from_nanos(self.0).fmt(f)
    }
}

fn nanoseconds(passed: Duration) -> u64 {
    u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
}
