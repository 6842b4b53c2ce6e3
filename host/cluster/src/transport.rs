//! Transports: what carries messages between peers.
//!
//! A transport has two lanes to each peer, so that beats and stops do not wait behind large messages. It may lose,
//! repeat and delay messages; those of one lane from one sender should mostly arrive in order.

use crate::wire::PeerId;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum To {
    /// To all peers, by the control lane.
    All,
    /// To one peer, by the lane for short messages.
    Control(PeerId),
    /// To one peer, by the lane for frames.
    Data(PeerId),
}
