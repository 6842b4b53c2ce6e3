//! Runs WebAssembly components on many cores.
//!
//! This is the library behind `host run app.wasm --cores 8`. A [`Host`] is a number of cores, an
//! [`App`] a component that is ready to run on them, and a [`Run`] is one that does, beside others.
//!
//! ```no_run
//! use host::{Config, DirGrant, Host, RunConfig};
//!
//! let host = Host::new(&Config::default())?;
//! let pgzip = host.load("pgzip.wasm")?;
//!
//! let mut config = RunConfig::default();
//! config.args = vec!["access.log".to_owned()];
//! config.grants.dirs = vec![DirGrant::read_write("/var/log", "/")];
//! assert_eq!(pgzip.start(&config)?.wait()?, 0);
//! # Ok::<(), host::Error>(())
//! ```
//!
//! `examples/two_apps.rs` is a program that runs two apps on the same cores and stops one. How it
//! works is described in docs/architecture.md.

#[cfg(not(target_os = "linux"))]
compile_error!("the host runs on Linux: it needs sched_setaffinity, eventfd, /proc and extended attributes");

mod stats;
mod trace;
mod host;
mod run;
mod cores;
mod instance;
mod inspect;
mod app;
mod compose;
mod cache;
mod file;
mod ticker;
mod engine;
mod failure;
mod grants;
mod input;
mod output;
mod table;
mod pending;
mod state;
mod imports;
mod job;
mod items;
mod shares;
mod lift;
mod tree;
mod account;
mod event;
mod status;
mod bindings;
mod config;
mod affinity;
mod cgroup;
mod error;
mod escaped;
#[cfg(test)]
mod planted;

pub use account::{is_short_of_memory, trim_with};
pub use compose::Composition;
pub use config::{Cache, Config, DirGrant, Grants, Limits, MAX_CORES, Placement, RunConfig, Stdio};
pub use error::Error;
pub use escaped::Escaped;
pub use event::{End, Event, Observer};
pub use host::{App, Host, Usage};
pub use inspect::{Grant, Import, Inspection};
pub use run::{Run, Stopper};
pub use stats::{Snapshot, Stats};
pub use status::StatusLine;
pub use trace::Trace;
