//! Output that goes to another machine, where the owner of the run writes it.
//!
//! Pieces are sent as they are, so lines stay whole. A piece counts as waiting until it has arrived, so a guest that
//! prints faster than the network carries waits, as for the reader of a pipe.

use std::fmt;

use bytes::Bytes;

/// Sends output to another machine.
pub(crate) trait Forward: fmt::Debug + Send + Sync {
    /// Sends a piece, and drops it when it has arrived or never will. Must not block.
    fn forward(&self, piece: Bytes);
}
