//! Runs WebAssembly components on many cores.
//!
//! This is the library behind `host run app.wasm --cores 8`. A [`Host`] is a set of cores, an [`App`] is a
//! component that is ready to run on them, and a [`Run`] is one execution of an app, concurrent with other
//! runs.
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
//! `examples/two_apps.rs` runs two apps on the same cores and stops one of them. docs/architecture.md
//! describes how the library works.

#[cfg(not(target_os = "linux"))]
compile_error!("the host runs on Linux: it needs sched_setaffinity, eventfd, /proc and extended attributes");

mod host;
#[cfg(feature = "cluster")]
mod node;
mod serve;
mod calls;
mod app;
mod run;
#[cfg(feature = "cluster")]
mod handover;
mod exec;
mod load;
mod store;
mod imports;
mod stdio;
mod job;
mod config;
#[cfg(feature = "cluster")]
mod cluster;
mod observe;
mod machine;
mod error;
mod escaped;
mod bindings;

#[cfg(feature = "cluster")]
pub use ::cluster::{
    nats::NatsConfig,
    trust::{Key, KeyError, PublicKey, Signature, SignatureError, Trust},
};
pub use app::App;
pub use calls::{Call, Failure, Format, Function, Library, Session, Text, TextFunction, TypedFunction};
#[cfg(feature = "cluster")]
pub use cluster::{Cluster, NodeInfo};
pub use config::{
    Cache, CompilerProcess, Config, DirGrant, Grants, Input, Limits, MAX_CORES, Placement, RunConfig, Stdio,
};
pub use error::{Error, ErrorKind, Setting};
pub use escaped::Escaped;
pub use host::{Host, Usage};
pub use job::shortage::{is_short_of_memory, trim_with};
pub use load::compiler::compile_if_asked;
pub use load::compose::Composition;
pub use load::inspect::{Grant, Import, Inspection};
pub use load::kind::AppKind;
#[cfg(feature = "cluster")]
pub use node::{Node, NodeConfig, NodeHandle};
pub use observe::event::{End, Event, Observer};
pub use observe::stats::{Snapshot, Stats};
pub use observe::status::StatusLine;
pub use observe::trace::Trace;
pub use run::{Run, StopHandle};
pub use serve::{Address, ServeConfig, Server, ServerHandle, Tls};
pub use store::embedder::Imports;
pub use store::state::State as InstanceState;
/// The engine, for the types of values that functions take and return.
pub use wasmtime;
