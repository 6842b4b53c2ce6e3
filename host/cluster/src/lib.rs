//! Hands jobs over to other machines, and gets exactly one end of each.
//!
//! An [`Owner`] has the jobs of one run. A [`Node`] offers slots. Both are state machines without threads, sockets
//! or clocks, so that a model can try what goes wrong between machines (`tests/model`). A [`Peer`] drives those of
//! one process over a [`Transport`]: a NATS server, or [`memory::Network`] for tests.
//!
//! The crate knows neither an engine nor a command line. A host implements two traits:
//!
//! - [`Home`] is where the jobs of a run come from, and where their ends go. [`Home::take`] claims a job as a core
//!   does that steals one: a node is one more thief.
//! - [`Away`] is where the jobs of other owners run. It asks the [`Lease`] of a session before each effect of a job,
//!   and answers by a [`NodeHandle`].
//!
//! # Promises
//!
//! - A job that was handed over has exactly one end: its outcome, or [`lost`](Home::lost).
//! - It is started at most once. A host that may run it again hands it over again.
//! - After a job was called lost, nothing of it has an effect, provided that its node asks the lease. A process that
//!   was stopped asks when it resumes, so it has no effect between.
//! - A job of a node that dies is lost within [`Terms::lost`] and a beat. A job that was stopped is gone within its
//!   grace time and a round trip, or, if its node dies meanwhile, within its grace time, `lost` and a beat.
//! - The jobs of an owner that dies are killed within [`Terms::fence`].
//! - A node never has more jobs than slots, and gives credit for a slot only once.
//! - Bytes in flight are bounded for each session ([`LinkLimits`]); messages that a transport loses are sent again.
//! - When a run is closed, nothing of it is left on either side.

mod peer;
mod transport;
mod owner;
mod node;
mod link;
pub mod wire;
pub mod trust;
mod lease;
mod clock;
mod moment;

pub use clock::now;
pub use lease::{Lease, Terms, TermsError};
pub use link::LinkLimits;
pub use moment::Moment;
pub use node::{Node, NodeConfig, NodeEvent};
pub use owner::{Event, Owner, reply_to_stray};
pub use peer::{Away, Home, NodeHandle, Peer, PeerEnd, PeerHandle, RunHandle};
#[cfg(feature = "nats")]
pub use transport::nats;
pub use transport::{Transport, memory};
