//! The failures of jobs, as their parents see them.

mod contract;
mod setting;
mod types;
mod uncaught;

pub use types::{Call, Excess, Failure, Panic, Place, Refusal, Trap, TrapCode};
pub(crate) use uncaught::{or_panic, take_uncaught};
