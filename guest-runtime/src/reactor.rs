//! Pollables to wakers: the only place in the guest that blocks.
//!
//! The reactor knows the pollables that somebody has registered, and which of them somebody waits
//! for. A turn hands those to `wasi:io/poll` in one call and tells who waits for what is ready, so
//! its cost is proportional to what is really waited for: timers share one pollable
//! ([`crate::time`]), so do jobs ([`crate::job`]), and a stream that nobody reads costs nothing.

mod readiness;
mod registration;
mod sources;

pub(crate) use readiness::Readiness;
pub(crate) use registration::{Registration, Wait, Waiting};
pub(crate) use sources::Reactor;
