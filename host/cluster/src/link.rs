//! A link: the messages of one session in one direction, each exactly once, over a transport that may lose,
//! repeat or delay what it carries.
//!
//! A message is cut into frames, which have numbers. The receiver takes frames in the order of their numbers,
//! drops all others, and acknowledges all up to a number. The sender keeps frames until they are acknowledged,
//! and sends them again, from the first, if that takes too long. A transport loses frames when it connects again,
//! and then many at a time, so single frames are not asked for.
//!
//! The messages of one stream arrive in order. Streams take turns frame by frame, so a long message does not
//! delay the short ones of other streams. The number of bytes in flight is limited, because a NATS server cuts
//! the connection of a client that has more than 64 MiB to read.

mod receiver;
mod sender;

use std::time::Duration;

pub(crate) use receiver::Receiver;
pub(crate) use sender::{Piece, Sender};

/// The limits of a link. Both ends need the same.
///
/// ```
/// use cluster::LinkLimits;
///
/// let limits = LinkLimits { max_message: 1 << 20, ..LinkLimits::default() };
/// assert!(limits.chunk < limits.window);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkLimits {
    /// The most bytes of a message in one frame. With [`OVERHEAD`](crate::wire::OVERHEAD), it has to be within
    /// what the transport carries in one piece.
    pub chunk: usize,
    /// The most bytes in flight.
    pub window: usize,
    /// The most frames in flight.
    pub frames: usize,
    /// The most bytes of a message.
    pub max_message: usize,
    /// The time after which frames are sent again if none was acknowledged. It is doubled each time, up to four
    /// times this.
    pub resend: Duration,
    /// The time after which a frame is acknowledged, unless the other direction carries the acknowledgement
    /// before.
    pub ack_delay: Duration,
}

impl Default for LinkLimits {
    fn default() -> Self {
        Self {
            // Small enough that streams take turns often, and large enough that frames cost little.
            chunk: 256 << 10,
            // A tenth of what a NATS server keeps for a slow reader.
            window: 6 << 20,
            frames: 1024,
            // The largest message of the contract is 256 MiB; and a head.
            max_message: (256 << 20) + (64 << 10),
            // At 10 Mbit/s, an eighth of the window takes 0.6 s; then it is acknowledged.
            resend: Duration::from_secs(1),
            ack_delay: Duration::from_millis(50),
        }
    }
}

#[cfg(test)]
mod tests;
