//! The data of an instance's Store: what the instance has, and what it may do.

pub(crate) mod embedder;
pub(crate) mod failure;
pub(crate) mod state;
pub(crate) mod handler;
pub(crate) mod grants;
mod memory;
pub(crate) mod core_state;
pub(crate) mod clock;
pub(crate) mod yielding;
