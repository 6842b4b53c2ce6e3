//! What the senders of a job are, where the job reads them: numbers, or, if it runs in the instance that
//! started it, ways to where its items go.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use crate::Failure;
use crate::host::Turn;
use crate::remote::argument::{Sink, Sinks};

/// Where the items of a job go that runs here, and why they could not.
pub(crate) struct Outbox {
    sinks: Sinks,
    failure: Cell<Option<Failure>>,
}

thread_local! {
    /// How many senders the job that reads its arguments has been given, and its outbox.
    static READING: RefCell<(u8, Option<Rc<Outbox>>)> = const { RefCell::new((0, None)) };
}

/// A job reads its arguments: its first sender is number 0.
pub(crate) fn reading<R>(outbox: Option<Rc<Outbox>>, read: impl FnOnce() -> R) -> R {
    let _before = READING.replace((0, outbox));
    let arguments = read();
    let _outbox = READING.take();
    arguments
}

/// The number of the next sender, and its way out if that does not leave this instance.
pub(super) fn next_sender() -> (u8, Option<Rc<Outbox>>) {
    READING.with_borrow_mut(|(next, outbox)| {
        let number = *next;
        *next += 1;
        (number, outbox.clone())
    })
}

impl Outbox {
    pub(crate) fn new(sinks: &Sinks) -> Self {
        Self { sinks: sinks.clone(), failure: Cell::new(None) }
    }

    /// Why an item could not be passed on: that is the end of the job.
    pub(crate) fn take_failure(&self) -> Option<Failure> {
        self.failure.take()
    }

    /// Where the items of this sender go.
    pub(super) fn sink(self: Rc<Self>, number: u8) -> Rc<dyn Sink> {
        Rc::new(WayOut { outbox: self, number })
    }
}

struct WayOut {
    outbox: Rc<Outbox>,
    number: u8,
}

impl Sink for WayOut {
    /// What cannot be taken is not told to the job, as it would not be elsewhere.
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        let Some(sink) = self.outbox.sinks.get(usize::from(self.number)) else { return Poll::Pending };
        if let Err(failure) = ready!(sink.poll_put(item, turn, context)) {
            self.outbox.failure.set(Some(failure));
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }
}
