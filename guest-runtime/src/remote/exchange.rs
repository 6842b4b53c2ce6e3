//! The caller's side of a remote job.
//!
//! It keeps the argument until it was sent, and the mutable borrows until their new values have arrived.
//! Meanwhile it passes on the items that the job sends.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::task::{Context, Poll};

use super::argument::{Sinks, Transfer, Transmit};
use super::codec::Reader;
use super::job_fn::JobFn;
use crate::Failure;
use crate::host::{self, Job, Turn};

/// The maximum number of items that a job may be ahead of the stream that receives them. It is large enough
/// that a fast job and a fast receiver do not wait for each other, and small because each item may be as long
/// as a message.
const WINDOW: u32 = 16;

/// An exchange with a job that returns a `T`. The trait hides the types of the arguments, so that they are not
/// part of the type of the future.
pub(crate) trait Exchange<T> {
    /// Calls `start` with the encoded argument and returns its result: `true` if the job has started.
    fn send(&mut self, start: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, Failure>;

    /// Returns whether the argument has to be kept until the reply arrives.
    fn is_kept(&self) -> bool;

    /// Returns how many items the job may be ahead; 0 if it sends none.
    fn window(&self) -> u32;

    /// Returns the sinks of the job's senders.
    fn sinks(&self) -> &Sinks;

    /// Passes on the items that the job has sent; pending while there is no room for one of them.
    fn poll_items(&mut self, job: &mut Job, context: &mut Context<'_>) -> Poll<Result<(), Failure>>;

    /// Decodes the reply: assigns all mutable borrows and returns the result, or changes nothing and fails.
    fn receive(&mut self, reply: Vec<u8>) -> Result<T, Failure>;
}

/// The exchange with a job that runs this function.
pub(crate) struct TypedExchange<F: JobFn> {
    argument: F::Argument,
    /// The encoded argument, if there was no room for the job. Flat data is not kept, because borrowing it
    /// again costs nothing.
    encoded: Option<Vec<u8>>,
    sinks: Sinks,
    /// Items that have arrived and were not passed on.
    items: VecDeque<Vec<u8>>,
    /// The turn of the first of these items.
    turn: Turn,
}

impl<F: JobFn> TypedExchange<F> {
    pub(crate) fn new(argument: F::Argument) -> Self {
        let mut sinks = Sinks::new();
        argument.sinks(&mut sinks);
        Self { argument, encoded: None, sinks, items: VecDeque::new(), turn: Turn::default() }
    }

    /// Passes an item to the sink of its sender, whose number is the last byte.
    fn poll_put(
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

impl<F: JobFn> Exchange<F::Result> for TypedExchange<F> {
    fn send(&mut self, start: &mut dyn FnMut(&[u8]) -> bool) -> Result<bool, Failure> {
        let message = match self.encoded.take() {
            // Its length was checked the first time.
            Some(message) => Cow::Owned(message),
            None => {
                let message = self.argument.encode()?;
                host::check_message(message.len())?;
                message
            }
        };
        let started = start(&message);
        match message {
            _ if started => self.argument.release(),
            Cow::Owned(message) => self.encoded = Some(message),
            Cow::Borrowed(_) => {}
        }
        Ok(started)
    }

    fn is_kept(&self) -> bool {
        F::Argument::IS_KEPT
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
            match Self::poll_put(&self.sinks, item, &mut self.turn, context) {
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

    fn receive(&mut self, reply: Vec<u8>) -> Result<F::Result, Failure> {
        let mut reader = Reader::new(&reply);
        let update = self.argument.decode_update(&mut reader)?;
        let output = F::Output::decode(Cow::Borrowed(reader.rest()))?;
        self.argument.apply(update);
        Ok(F::result(output))
    }
}

/// Decodes the reply of a job that returns nothing but its result.
pub(crate) fn receive<F: JobFn>(reply: Vec<u8>) -> Result<F::Result, Failure> {
    F::Output::decode(Cow::Owned(reply)).map(F::result)
}
