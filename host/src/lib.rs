//! Runs WebAssembly components on many cores.
//!
//! This is the library behind `host run app.wasm --cores 8`: [`run()`] is that command, [`start`]
//! is for who has more to do meanwhile, and a [`Config`] is what may be said to both.
//!
//! ```no_run
//! use host::{Config, DirGrant};
//!
//! let mut config = Config::new("pgzip.wasm");
//! config.args = vec!["access.log".to_owned()];
//! config.grants.dirs = vec![DirGrant::read_write("/var/log", "/")];
//! let code = host::run(&config)?;
//! assert_eq!(code, 0);
//! # Ok::<(), host::Error>(())
//! ```
//!
//! How it works is told in ARCHITECTURE.md.

mod run;
mod cores;
mod instance;
mod app;
mod cache;
mod file;
mod ticker;
mod engine;
mod failure;
mod grants;
mod output;
mod state;
mod imports;
mod job;
mod tree;
mod bindings;
mod config;
mod affinity;
mod error;

pub use config::{Cache, Config, DirGrant, Grants, Limits, MAX_CORES, Placement};
pub use error::Error;
pub use run::{Run, Stopper, run, start};
