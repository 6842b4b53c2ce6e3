//! Transports: what carries messages between peers.
//!
//! A transport has two lanes to each peer, so that beats and stops do not wait behind large messages. It may lose,
//! repeat and delay messages. Those of one lane from one sender should mostly arrive in order, because a frame
//! that overtakes another has to be sent again.

pub mod memory;
#[cfg(feature = "nats")]
pub mod nats;

use std::task::{Context, Poll};

use bytes::Bytes;

use crate::wire::To;

/// Carries messages between this peer and all others. Dropping it leaves the network.
pub trait Transport: Send {
    /// Sends a message, or drops it if it cannot be sent now. A message for the data lane may only be sent after
    /// [`poll_ready`](Self::poll_ready) has returned `Ready`.
    fn send(&mut self, to: To, message: Bytes);

    /// Waits until the data lane takes a message.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Waits for a message. Returns `None` if no more can arrive, because the transport has ended.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>>;

    /// Waits until everything is on its way that was sent, or cannot be.
    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<()>;

    /// Returns the length of the longest message that the transport carries.
    fn max_message(&self) -> usize;
}
