//! What a host is meant to be, and a run on it: checked values, no command line.
//!
//! An embedder fills a [`Config`] and a [`RunConfig`], and so does the command, from its flags. Nothing is granted
//! to an app unless [`Grants`] says so.

mod host;
mod run;
mod limits;
mod grants;
mod stdio;
mod setters;

pub use grants::{DirGrant, Grants};
pub use host::{Cache, Config, MAX_CORES, Placement};
pub use limits::Limits;
pub use run::RunConfig;
pub use stdio::Stdio;
