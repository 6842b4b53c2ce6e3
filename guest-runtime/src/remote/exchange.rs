//! What stays here of a call that goes to another instance: its argument, until it has been sent, and
//! the places of its mutable borrows, until their new values have come back. What the job sends meanwhile
//! is passed on from here.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::argument::{Argument, Sinks, Value};
use super::job_fn::Work;
use crate::Failure;
use crate::host::{self, Job, Turn};
use crate::remote::codec::Reader;

/// So many items a job may be ahead of who takes them. Enough that neither waits for the other while
/// both are quick; each may be as long as a message.
const WINDOW: u32 = 16;

/// A call on its way, whatever it is a call of. The types of its arguments are not part of the type
/// of its future.
pub(crate) trait Crossing<T> {
    /// Gives `start` the message. Returns what that returns, and after `true` the call is under way.
    fn send(&mut self, start: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, Failure>;

    /// Whether it has to stay here until there is a reply.
    fn stays(&self) -> bool;

    /// How many items the job may be ahead; 0 if it sends none.
    fn window(&self) -> u32;

    /// Where the items of the job go.
    fn sinks(&self) -> &Sinks;

    /// Passes the items on that the job has sent; pending while there is no room for one of them.
    fn poll_items(&mut self, job: &mut Job, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;

    /// The result, with all that was borrowed mutably in its new state, or with nothing changed.
    fn receive(&mut self, reply: Vec<u8>) -> Result<T, Failure>;
}

/// A call of this work.
pub(crate) struct Sending<W: Work> {
    argument: W::Argument,
    /// The message, if it has been tried in vain. Not of what can be sent as it lies.
    written: Option<Vec<u8>>,
    /// Where the items of the job go.
    sinks: Sinks,
    /// Items that have come in.
    items: VecDeque<Vec<u8>>,
    /// That of the first of them.
    turn: Turn,
}

impl<W: Work> Sending<W> {
    pub(crate) fn new(argument: W::Argument) -> Self {
        let mut sinks = Sinks::new();
        argument.sinks(&mut sinks);
        Self { argument, written: None, sinks, items: VecDeque::new(), turn: Turn::default() }
    }

    /// The number of the sender is the last byte.
    fn put(
        sinks: &Sinks,
        item: &[u8],
        turn: &mut Turn,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Failure>> {
        match item.split_last().map(|(&sender, item)| (sinks.get(usize::from(sender)), item)) {
            Some((Some(sink), item)) => sink.poll_put(item, turn, context),
            _ => Poll::Ready(Err(Failure::BadMessage("an item came from no sender".to_owned()))),
        }
    }
}

impl<W: Work> Crossing<W::Result> for Sending<W> {
    fn send(&mut self, start: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, Failure> {
        let message = match self.written.take() {
            // It has been checked.
            Some(message) => Cow::Owned(message),
            None => {
                let message = self.argument.message()?;
                host::check_message(message.len())?;
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

    fn stays(&self) -> bool {
        W::Argument::STAYS
    }

    fn window(&self) -> u32 {
        if self.sinks.is_empty() { 0 } else { WINDOW }
    }

    fn sinks(&self) -> &Sinks {
        &self.sinks
    }

    fn poll_items(&mut self, job: &mut Job, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if self.sinks.is_empty() {
            return Poll::Ready(Ok(()));
        }
        self.items.append(&mut job.take_items());
        let mut passed = 0;
        let polled = loop {
            let Some(item) = self.items.front() else { break Poll::Ready(Ok(())) };
            match Self::put(&self.sinks, item, &mut self.turn, context) {
                Poll::Ready(Ok(())) => (passed, self.turn) = (passed + 1, Turn::default()),
                other => break other,
            }
            self.items.pop_front();
        };
        if passed > 0 {
            job.more(passed);
        }
        polled
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
pub(crate) fn receive<W: Work>(reply: Vec<u8>) -> Result<W::Result, Failure> {
    W::Output::read(Cow::Owned(reply)).map(W::result)
}
