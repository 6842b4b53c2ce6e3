//! Edges of the host.
#![expect(dead_code, reason = "nothing uses the edges yet")]

pub mod cli;
mod config;
mod output;
mod grants;
mod file;
mod cache;
mod cores;
mod error;

pub use config::{Cache, Config, DirGrant, Grants, MAX_CORES};
pub use error::Error;
