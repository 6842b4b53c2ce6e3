//! A stop signal with many waiters.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// A signal that is given once, and observed by current and later waiters.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    said: Cell<bool>,
    waiting: RefCell<BTreeMap<u64, Waker>>,
    asked: Cell<u64>,
}

impl Stop {
    pub(crate) fn say(&self) {
        self.said.set(true);
        // No borrow is held while waking, because a waker may run any code.
        let waiting = self.waiting.take();
        waiting.into_values().for_each(Waker::wake);
    }

    /// Waits for the signal. The future may be polled for as long as a client stays.
    pub(crate) fn said(&self) -> Said<'_> {
        let number = self.asked.get();
        self.asked.set(number + 1);
        Said { stop: self, number }
    }
}

/// The future of [`Stop::said`].
#[derive(Debug)]
#[must_use = "nothing is heard until it is awaited"]
pub(crate) struct Said<'a> {
    stop: &'a Stop,
    number: u64,
}

impl Future for Said<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.stop.said.get() {
            return Poll::Ready(());
        }
        let mut waiting = self.stop.waiting.borrow_mut();
        let waker = waiting.entry(self.number).or_insert_with(|| context.waker().clone());
        waker.clone_from(context.waker());
        Poll::Pending
    }
}

impl Drop for Said<'_> {
    fn drop(&mut self) {
        let _waker = self.stop.waiting.borrow_mut().remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn all_hear_it() {
        let stop = Stop::default();
        let mut context = Context::from_waker(Waker::noop());
        let (mut a, mut b) = (pin!(stop.said()), pin!(stop.said()));
        assert!(a.as_mut().poll(&mut context).is_pending() && b.as_mut().poll(&mut context).is_pending());
        assert!(pin!(stop.said()).poll(&mut context).is_pending());
        assert_eq!(stop.waiting.borrow().len(), 2, "who is gone does not wait");
        stop.say();
        assert!(a.poll(&mut context).is_ready() && b.poll(&mut context).is_ready());
        assert!(pin!(stop.said()).poll(&mut context).is_ready());
    }
}
