//! Connects the senders that a job decodes from its arguments.
//!
//! A sender of a remote job is a number. A sender of a local job refers to a sink of the parent.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::Failure;
use crate::host::Turn;
use crate::remote::argument::{Sink, Sinks};

/// The sinks of a local job, and the failure of an item that could not be passed on.
pub(crate) struct Outbox {
    sinks: Sinks,
    failure: Cell<Option<Failure>>,
}

thread_local! {
    /// How many senders have been decoded for the current job, and its outbox.
    static DECODING: RefCell<(u8, Option<Rc<Outbox>>)> = const { RefCell::new((0, None)) };
}

/// Decodes the arguments of a job, whose first sender is number 0.
pub(crate) fn decoding<R>(outbox: Option<Rc<Outbox>>, decode: impl FnOnce() -> R) -> R {
    let _before = DECODING.replace((0, outbox));
    let arguments = decode();
    let _outbox = DECODING.take();
    arguments
}

/// Returns the number of the next sender, and the outbox if the job is local.
pub(super) fn next_sender() -> (u8, Option<Rc<Outbox>>) {
    DECODING.with_borrow_mut(|(next, outbox)| {
        let number = *next;
        *next += 1;
        (number, outbox.clone())
    })
}

impl Outbox {
    pub(crate) fn new(sinks: &Sinks) -> Self {
        Self { sinks: sinks.clone(), failure: Cell::new(None) }
    }

    /// Takes the failure of an item that could not be passed on, which ends the job.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.failure.take()
    }

    /// Returns the sink of the sender with this number.
    pub(super) fn sink(self: Rc<Self>, number: u8) -> Rc<dyn Sink> {
        Rc::new(OutboxSink { outbox: self, number })
    }
}

struct OutboxSink {
    outbox: Rc<Outbox>,
    number: u8,
}

impl Sink for OutboxSink {
    /// Passes an item on. A failure is stored and ends the job, which does not observe it: the future stays
    /// pending, as for a remote job that the host ends.
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let Some(sink) = self.outbox.sinks.get(usize::from(self.number)) else { return Poll::Pending };
        if let Err(failure) = ready!(sink.poll_put(item, turn, context)) {
            self.outbox.failure.set(Some(failure));
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}
