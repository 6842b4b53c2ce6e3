//! The messages of the protocol, and their encoding.
//!
//! A message is one byte with the [version](VERSION), the sender, and the message in
//! [postcard](https://postcard.jamesmunns.com)'s encoding. The bytes of a frame follow as they are.
//!
//! Hosts work together only if they speak the same version, so any change of a type below is a new version. What
//! all versions have in common is the start of a presence: version, sender, a zero, and the name of the node. So
//! an owner can name the nodes that it cannot use. It drops all other messages of another version.

mod job;
mod message;

use std::fmt;

use bytes::{BufMut as _, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use job::{Blob, Ending, JobId, JobSpec, OutputStream, RunSpec};
pub(crate) use message::{Down, Up};
pub use message::{FrameHead, Message, NodeBeat, OwnerBeat, PeerId, Presence, SessionId, To};

/// The version of the protocol that this crate speaks.
pub const VERSION: u8 = 1;

/// The most bytes that a frame has before its payload.
pub const OVERHEAD: usize = 80;

/// Encodes a message from this sender, and the payload that follows a frame.
///
/// ```
/// use cluster::wire::{self, Message, PeerId};
///
/// let sent = wire::encode(PeerId::from(7), &Message::Hello, b"");
/// let (from, message, payload) = wire::decode(sent).unwrap();
/// assert_eq!((from, message), (PeerId::from(7), Message::Hello));
/// assert!(payload.is_empty());
/// ```
pub fn encode(from: PeerId, message: &Message, payload: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(OVERHEAD + payload.len());
    bytes.put_u8(VERSION);
    let mut bytes = append(bytes, &(from, message));
    bytes.put_slice(payload);
    bytes.freeze()
}

/// Appends a value to bytes.
fn append<T: Serialize>(bytes: BytesMut, value: &T) -> BytesMut {
    postcard::to_io(value, bytes.writer()).expect("memory takes every message").into_inner()
}

/// Decodes a message: its sender, the message, and the payload that follows it.
///
/// # Errors
///
/// The message is of another version, or damaged.
pub fn decode(bytes: Bytes) -> Result<(PeerId, Message, Bytes), WireError> {
    let (&version, rest) = bytes.split_first().ok_or(WireError::Damaged)?;
    if version != VERSION {
        let node = postcard::from_bytes(rest).ok();
        let node = node.and_then(|(_, tag, name): (PeerId, u8, String)| (tag == 0).then_some(name));
        return Err(WireError::Version { version, node });
    }
    let ((from, message), payload) = postcard::take_from_bytes(rest).map_err(|_| WireError::Damaged)?;
    let payload = bytes.slice_ref(payload);
    Ok((from, message, payload))
}

/// Encodes the head of a message that crosses a link.
pub(crate) fn head<T: Serialize>(head: &T) -> Bytes {
    append(BytesMut::new(), head).freeze()
}

/// Decodes a message that crossed a link: its head, and the bytes that follow it.
pub(crate) fn split_head<T: DeserializeOwned>(bytes: &Bytes) -> Result<(T, Bytes), WireError> {
    let (head, body) = postcard::take_from_bytes(bytes).map_err(|_| WireError::Damaged)?;
    Ok((head, bytes.slice_ref(body)))
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WireError {
    /// They are of another version. If it is the presence of a node, its name is known.
    Version {
        /// The version that the sender speaks.
        version: u8,
        /// The name of the node.
        node: Option<String>,
    },
    /// They are cut short, or were never a message.
    Damaged,
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { version, node } => {
                let node = node.as_deref().unwrap_or("a host");
                write!(
                    f,
                    "{node} speaks version {version} of the protocol, and this host version {VERSION}: use the \
                     same version of the host on all machines"
                )
            }
            Self::Damaged => f.write_str("a damaged message: does another program use the same subjects?"),
        }
    }
}

impl std::error::Error for WireError {}

#[cfg(test)]
mod tests;
