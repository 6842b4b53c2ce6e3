//! A bounded queue of items between senders and a stream in one instance.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use crate::Failure;
use crate::host::{SendQueue, Turn};
use crate::remote::argument::{Sink, Transmit};
use crate::remote::message::Message;

/// How many items may wait to be received.
const CAPACITY: usize = 16;

/// A bounded queue: senders wait for room, the receiver for an item.
pub(crate) struct Queue<T>(RefCell<State<T>>);

struct State<T> {
    items: VecDeque<T>,
    senders: SendQueue,
    receiver: Option<Waker>,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self(RefCell::new(State { items: VecDeque::new(), senders: SendQueue::default(), receiver: None }))
    }

    /// Returns whether it is time to produce more items.
    pub(crate) fn is_low(&self) -> bool {
        self.0.borrow().items.len() <= CAPACITY / 2
    }

    /// Returns `Ready` if there is room for an item, and otherwise waits for room.
    fn poll_room(&self, turn: &mut Turn, context: &Context<'_>) -> Poll<()> {
        let may_try = self.0.borrow_mut().senders.may_try(turn);
        // Nothing is borrowed where a waker is woken or dropped: it may run any code.
        if !may_try {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let _before = {
            let mut state = self.0.borrow_mut();
            if state.items.len() < CAPACITY {
                return Poll::Ready(());
            }
            state.senders.wait(turn, context.waker())
        };
        Poll::Pending
    }

    fn push(&self, item: T) {
        let receiver = {
            let mut state = self.0.borrow_mut();
            state.items.push_back(item);
            state.receiver.take()
        };
        // Nothing is borrowed here: a waker may run any code.
        receiver.into_iter().for_each(Waker::wake);
    }

    /// Adds the item, if there is room.
    pub(crate) fn poll_push(&self, item: &mut Option<T>, turn: &mut Turn, context: &Context<'_>) -> Poll<()> {
        std::task::ready!(self.poll_room(turn, context));
        self.push(item.take().expect("a future that was ready is not polled again"));
        Poll::Ready(())
    }

    pub(crate) fn poll_pop(&self, context: &Context<'_>) -> Poll<T> {
        let (item, senders, _before) = {
            let mut state = self.0.borrow_mut();
            match state.items.pop_front() {
                Some(item) => (Poll::Ready(item), state.senders.wake(), None),
                None => (Poll::Pending, Vec::new(), state.receiver.replace(context.waker().clone())),
            }
        };
        senders.into_iter().for_each(Waker::wake);
        item
    }
}

/// Receives the items of a job.
impl<T: Message> Sink for Queue<T> {
    fn poll_put(&self, item: &[u8], turn: &mut Turn, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        std::task::ready!(self.poll_room(turn, context));
        self.push(T::decode(Cow::Borrowed(item))?);
        Poll::Ready(Ok(()))
    }
}
