//! The receiving end of a link.

use std::collections::BTreeMap;
use std::fmt;

use bytes::{Bytes, BytesMut};

use super::LinkLimits;
use super::sender::Piece;
use crate::moment::Moment;

/// Takes each frame once, in order, and joins frames into messages.
#[derive(Debug)]
pub(crate) struct Receiver {
    limits: LinkLimits,
    /// The number of frames taken.
    received: u64,
    /// The beginnings of messages, by their streams.
    partial: BTreeMap<u64, BytesMut>,
    /// When the frames that were taken have to be acknowledged.
    ack_at: Option<Moment>,
    /// The frames and bytes that are not acknowledged.
    unacked: (usize, usize),
}

impl Receiver {
    pub(crate) fn new(limits: LinkLimits) -> Self {
        Self { limits, received: 0, partial: BTreeMap::new(), ack_at: None, unacked: (0, 0) }
    }

    /// Takes a frame. Returns the stream and the message that it completes, if it does.
    ///
    /// # Errors
    ///
    /// The message is longer than the limit, or its frames contradict each other.
    pub(crate) fn receive(&mut self, now: Moment, piece: Piece) -> Result<Option<(u64, Bytes)>, LinkError> {
        let Piece { number, stream, left, payload } = piece;
        if number != self.received + 1 {
            // Either it was received before, and the acknowledgement was lost; or one before it is missing, and
            // will be sent again.
            if number <= self.received {
                self.ack_at = Some(now);
            }
            return Ok(None);
        }
        self.received = number;
        self.note(now, payload.len());
        let begun = self.partial.get(&stream).map_or(0, BytesMut::len);
        let length = left.saturating_add((begun + payload.len()) as u64);
        if length > self.limits.max_message as u64 {
            return Err(LinkError { length, limit: self.limits.max_message });
        }
        if left > 0 {
            self.partial.entry(stream).or_default().extend_from_slice(&payload);
            return Ok(None);
        }
        let message = match self.partial.remove(&stream) {
            None => payload,
            Some(mut begun) => {
                begun.extend_from_slice(&payload);
                begun.freeze()
            }
        };
        Ok(Some((stream, message)))
    }

    /// Returns the number of frames to acknowledge, in a message that is sent now.
    pub(crate) fn acknowledge(&mut self) -> u64 {
        self.ack_at = None;
        self.unacked = (0, 0);
        self.received
    }

    /// Returns when a message has to be sent to acknowledge frames.
    pub(crate) fn ack_at(&self) -> Option<Moment> {
        self.ack_at
    }

    /// Notes a frame that has to be acknowledged. The sender must never wait for that with an empty window.
    fn note(&mut self, now: Moment, length: usize) {
        let (frames, bytes) = (self.unacked.0 + 1, self.unacked.1 + length);
        self.unacked = (frames, bytes);
        let is_much = frames >= self.limits.frames / 8 || bytes >= self.limits.window / 8;
        let at = if is_much { now } else { now + self.limits.ack_delay };
        self.ack_at = Some(self.ack_at.map_or(at, |before| before.min(at)));
    }
}

/// A message that is longer than a link carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkError {
    length: u64,
    limit: usize,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { length, limit } = self;
        write!(f, "sent a message of {length} bytes, and {limit} are the limit")
    }
}
