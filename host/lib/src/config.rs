//! The configuration of a host, and of a run on it: checked values, without a command line.
//!
//! An embedder fills in a [`Config`] and a [`RunConfig`]; the `host` command does so from its flags. An app
//! is granted nothing unless [`Grants`] lists it.

mod host;
mod compiler;
mod run;
mod limits;
mod grants;
mod input;
mod stdio;
mod setters;
#[cfg(feature = "cluster")]
pub(crate) mod manifest;

pub use compiler::CompilerProcess;
pub use grants::{DirGrant, Grants};
pub use host::{Cache, Config, MAX_CORES, Placement};
pub use input::Input;
pub(crate) use input::Taken;
pub use limits::Limits;
pub use run::RunConfig;
pub use stdio::Stdio;
