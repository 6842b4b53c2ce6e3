//! What stays here of a call that goes to another instance: its argument, until it has been sent, and
//! the places of its mutable borrows, until their new values have come back.

use std::borrow::Cow;

use super::argument::{Argument, Value};
use super::codec::Reader;
use super::work::Work;
use crate::{Failure, jobs};

/// A call on its way, whatever it is a call of. The types of its arguments are not part of the type
/// of its future.
pub(super) trait Crossing<T> {
    /// Gives `start` the message. Returns what that returns, and after `true` the call is under way.
    fn send(&mut self, start: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, Failure>;

    /// Whether it has to wait here for the reply.
    fn comes_back(&self) -> bool;

    /// The result, with all that was borrowed mutably in its new state, or with nothing changed.
    fn receive(&mut self, reply: Vec<u8>) -> Result<T, Failure>;
}

/// A call of this work.
pub(super) struct Sending<W: Work> {
    argument: W::Argument,
    /// The message, if it has been tried in vain. Not of what can be sent as it lies.
    written: Option<Vec<u8>>,
}

impl<W: Work> Sending<W> {
    pub(super) fn new(argument: W::Argument) -> Self {
        Self { argument, written: None }
    }
}

impl<W: Work> Crossing<W::Result> for Sending<W> {
    fn send(&mut self, start: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, Failure> {
        let message = match self.written.take() {
            // It has been checked.
            Some(message) => Cow::Owned(message),
            None => {
                let message = self.argument.message()?;
                jobs::check(message.len())?;
                message
            }
        };
        let started = start(&message);
        match message {
            _ if started => self.argument.sent(),
            Cow::Owned(message) => self.written = Some(message),
            Cow::Borrowed(_) => {}
        }
        Ok(started)
    }

    fn comes_back(&self) -> bool {
        W::Argument::COMES_BACK
    }

    fn receive(&mut self, reply: Vec<u8>) -> Result<W::Result, Failure> {
        let mut reader = Reader::new(&reply);
        let new = self.argument.check(&mut reader)?;
        let output = W::Output::read(Cow::Borrowed(reader.rest()))?;
        self.argument.put(new);
        Ok(W::result(output))
    }
}

/// The result of a call of which nothing else comes back.
pub(super) fn receive<W: Work>(reply: Vec<u8>) -> Result<W::Result, Failure> {
    W::Output::read(Cow::Owned(reply)).map(W::result)
}
