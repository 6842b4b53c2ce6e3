//! Timers: [`sleep()`], [`timeout()`] and [`interval()`], on the types of `std::time`.
//!
//! All timers of an instance share one pollable, that of the nearest deadline, so a turn of the reactor costs no
//! more with ten thousand sleeping futures than with one.
//!
//! No timer fires early. How late one fires depends on the host, whose operating system may have ticks of a
//! millisecond, and on what else the instance does.

mod timeout;
mod interval;
mod sleep;
mod timers;

pub use interval::{Interval, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Elapsed, Timeout, timeout};
