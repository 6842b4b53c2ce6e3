//! Runs jobs on more than one machine.

mod owner;
mod node;
mod transport;
pub mod wire;
mod link;
mod lease;
mod moment;

pub use lease::{Lease, Terms, TermsError};
pub use link::LinkLimits;
pub use moment::Moment;
pub use node::{Node, NodeConfig, NodeEvent};
pub use owner::{Event, Owner, reply_to_stray};
pub use transport::To;
