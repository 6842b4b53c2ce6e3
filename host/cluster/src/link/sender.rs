//! The sending end of a link.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::LinkLimits;
use crate::moment::Moment;

/// Cuts messages into frames, and keeps each until it is acknowledged.
#[derive(Debug)]
pub(crate) struct Sender {
    limits: LinkLimits,
    /// The streams with messages that are not cut completely. The first is the next.
    streams: VecDeque<Stream>,
    /// The frames that are not acknowledged, in the order of their numbers.
    in_flight: VecDeque<Piece>,
    /// How many of them have been sent, since the last time that they all had to be sent again.
    sent: usize,
    in_flight_bytes: usize,
    /// The number of frames that were acknowledged.
    acked: u64,
    /// When the frames in flight have to be sent again.
    resend_at: Option<Moment>,
    /// How often they have been, since the last acknowledgement.
    attempts: u32,
}

/// How often the time until frames are sent again is doubled. A slow connection must not be filled with
/// repetitions.
const MAX_DOUBLINGS: u32 = 2;

#[derive(Debug)]
struct Stream {
    number: u64,
    messages: VecDeque<Outgoing>,
}

/// What is left of a message.
#[derive(Debug)]
struct Outgoing {
    head: Bytes,
    body: Bytes,
}

/// The part of a message that one frame carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The number of the frame.
    pub(crate) number: u64,
    pub(crate) stream: u64,
    /// How many bytes of the message follow.
    pub(crate) left: u64,
    pub(crate) payload: Bytes,
}

impl Sender {
    pub(crate) fn new(limits: LinkLimits) -> Self {
        Self {
            limits,
            streams: VecDeque::new(),
            in_flight: VecDeque::new(),
            sent: 0,
            in_flight_bytes: 0,
            acked: 0,
            resend_at: None,
            attempts: 0,
        }
    }

    /// Adds a message, in two parts, to the end of this stream.
    pub(crate) fn push(&mut self, stream: u64, head: Bytes, body: Bytes) {
        let message = Outgoing { head, body };
        if let Some(stream) = self.streams.iter_mut().find(|other| other.number == stream) {
            stream.messages.push_back(message);
        } else {
            self.streams.push_back(Stream { number: stream, messages: VecDeque::from([message]) });
        }
    }

    /// Returns the next frame to send now, if there is one.
    pub(crate) fn next(&mut self, now: Moment) -> Option<Piece> {
        if self.sent == self.in_flight.len() {
            let piece = self.cut()?;
            self.in_flight_bytes += piece.payload.len();
            self.in_flight.push_back(piece);
        }
        let piece = self.in_flight[self.sent].clone();
        self.sent += 1;
        let resend = self.limits.resend * (1 << self.attempts.min(MAX_DOUBLINGS));
        self.resend_at.get_or_insert(now + resend);
        Some(piece)
    }

    /// Drops the frames up to this number, which the receiver has.
    pub(crate) fn acknowledge(&mut self, now: Moment, through: u64) {
        let before = self.acked;
        while self.in_flight.front().is_some_and(|piece| piece.number <= through) {
            let piece = self.in_flight.pop_front().expect("there is a first");
            self.in_flight_bytes -= piece.payload.len();
            self.acked = piece.number;
            // An acknowledgement may arrive after the frame was to be sent again, and before it was.
            self.sent = self.sent.saturating_sub(1);
        }
        if self.acked > before {
            self.attempts = 0;
            self.resend_at = (self.sent > 0).then(|| now + self.limits.resend);
        }
    }

    /// Sends the frames in flight again, if it is time.
    pub(crate) fn tick(&mut self, now: Moment) {
        if self.resend_at.is_some_and(|at| now >= at) {
            self.resend_at = None;
            self.sent = 0;
            self.attempts += 1;
        }
    }

    /// Returns when [`tick`](Self::tick) has something to do.
    pub(crate) fn next_tick(&self) -> Option<Moment> {
        self.resend_at
    }

    /// Returns the number of bytes that are not acknowledged, sent or not.
    pub(crate) fn backlog(&self) -> usize {
        let messages = self.streams.iter().flat_map(|stream| &stream.messages);
        self.in_flight_bytes + messages.map(Outgoing::len).sum::<usize>()
    }

    /// Cuts the next frame, if there is room for one in flight.
    fn cut(&mut self) -> Option<Piece> {
        let limits = &self.limits;
        if self.in_flight_bytes >= limits.window || self.in_flight.len() >= limits.frames {
            return None;
        }
        let mut stream = self.streams.pop_front()?;
        let message = stream.messages.front_mut().expect("a stream without messages is dropped");
        let payload = message.cut(limits.chunk);
        let left = message.len() as u64;
        if left == 0 {
            stream.messages.pop_front();
        }
        let number = self.acked + self.in_flight.len() as u64 + 1;
        let piece = Piece { number, stream: stream.number, left, payload };
        if !stream.messages.is_empty() {
            self.streams.push_back(stream);
        }
        Some(piece)
    }
}

impl Outgoing {
    fn len(&self) -> usize {
        self.head.len() + self.body.len()
    }

    /// Takes the next bytes, at most this many.
    fn cut(&mut self, most: usize) -> Bytes {
        if self.head.is_empty() {
            return self.body.split_to(most.min(self.body.len()));
        }
        let head = self.head.split_to(most.min(self.head.len()));
        let body = self.body.split_to((most - head.len()).min(self.body.len()));
        if body.is_empty() {
            return head;
        }
        let mut both = BytesMut::with_capacity(head.len() + body.len());
        both.extend_from_slice(&head);
        both.extend_from_slice(&body);
        both.freeze()
    }
}
