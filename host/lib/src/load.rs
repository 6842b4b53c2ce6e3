//! The steps from files on disk to code that is ready to run.
//!
//! An app and its plugs are read, composed and inspected from outside. The result is compiled or loaded from
//! the cache, and linked with what it imports.

pub(crate) mod inspect;
pub(crate) mod compiled;
pub(crate) mod exports;
#[cfg(feature = "cluster")]
pub(crate) mod program;
pub(crate) mod types;
pub(crate) mod kind;
pub(crate) mod surface;
pub(crate) mod contract;
pub(crate) mod compose;
mod file;
pub(crate) mod cache;
pub(crate) mod engines;
mod footprint;
pub(crate) mod compiler;
pub(crate) mod engine;
