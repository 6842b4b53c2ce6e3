//! Runs jobs on more than one machine.

mod peer;
mod transport;
mod owner;
mod node;
pub mod wire;
mod link;
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
pub use transport::Transport;
pub use transport::memory;
#[cfg(feature = "nats")]
pub use transport::nats;
