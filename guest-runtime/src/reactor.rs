//! Turns pollables into wakers. Nothing else in the guest blocks.
//!
//! The reactor holds the registered pollables and knows which of them have a waiter. One turn passes
//! those to `wasi:io/poll` in a single call and then wakes the waiters of each that is ready, so a turn
//! costs in proportion to what is waited for. All timers share one pollable ([`crate::time`]), all jobs
//! share another ([`crate::host`]), and a stream that no future reads takes no part.

mod readiness;
mod registration;
mod sources;

pub(crate) use readiness::Readiness;
pub(crate) use registration::{Registration, Wait, Waiting};
pub(crate) use sources::{Interest, Reactor};
