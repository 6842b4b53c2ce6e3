//! Why a job has no value, as the parent sees it.

mod contract;
mod types;
mod uncaught;

pub use types::{Call, Excess, Failure, Panic, Place, Refusal, Trap, TrapCode};
pub(crate) use uncaught::{or_panic, take_uncaught};
