//! The clock of this machine.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::moment::Moment;

/// Returns the time on the clock of this machine, which goes on while the machine is suspended.
///
/// ```
/// let start = cluster::now();
/// assert!(cluster::now() >= start);
/// ```
pub fn now() -> Moment {
    let time = clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
    Moment::from_start(Duration::new(seconds, nanoseconds))
}
