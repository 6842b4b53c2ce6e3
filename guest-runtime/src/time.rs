//! Timers: [`sleep()`], [`timeout()`] and [`interval()`], on the types of `std::time`.
//!
//! All timers of an instance share one pollable, that of the nearest deadline, so ten thousand
//! sleeping futures cost a turn of the reactor no more than one does.
//!
//! No timer is early. How late one is depends on the host, whose own timers may be those of an
//! operating system with ticks of a millisecond, and on what else the instance does meanwhile.

mod timeout;
mod interval;
mod sleep;
mod timers;

pub use interval::{Interval, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Elapsed, Timeout, timeout};
