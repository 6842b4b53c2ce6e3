//! What stays here of a call that goes to another instance: its argument, until it has been sent, and
//! the places of its mutable borrows, until their new values have come back.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::argument::Argument;
use super::codec::{self, Reader};
use super::message::Message;
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

/// A call with this argument.
pub(super) struct Sending<A, T> {
    argument: A,
    /// The message, if it has been tried in vain. Not of what can be sent as it lies.
    written: Option<Vec<u8>>,
    result: PhantomData<fn() -> T>,
}

impl<A, T> Sending<A, T> {
    pub(super) fn new(argument: A) -> Self {
        Self { argument, written: None, result: PhantomData }
    }
}

impl<A: Argument, T: Message> Crossing<T> for Sending<A, T> {
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
        A::COMES_BACK
    }

    fn receive(&mut self, reply: Vec<u8>) -> Result<T, Failure> {
        let mut reader = Reader::new(&reply);
        let new = self.argument.check(&mut reader)?;
        let result = codec::read(Cow::Borrowed(reader.rest()))?;
        self.argument.put(new);
        Ok(result)
    }
}

/// The result of a call of which nothing else comes back.
pub(super) fn receive<T: Message>(reply: Vec<u8>) -> Result<T, Failure> {
    codec::read(Cow::Owned(reply))
}
