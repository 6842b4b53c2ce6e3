//! A queue of senders that wait for room, in the order in which they came.
//!
//! All senders of an instance are polled by one future, mostly in the same order. If all of them were simply
//! woken when there is room, the first would take it each time, with one item after the other, and the last
//! would wait for as long as the first has items. So a sender yields to earlier ones. It yields for one poll
//! only: an earlier sender may have been dropped, or may never be polled again.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;

/// The senders of one queue, by the number of their turn.
#[derive(Default)]
pub(crate) struct SendQueue {
    /// The senders that found no room.
    waiting: BTreeMap<u64, Waker>,
    /// The senders that were woken and have not tried again.
    woken: BTreeSet<u64>,
}

/// The turn of a sender to send one item.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "in a sealed trait")]
pub struct Turn {
    /// Its number, if it had to wait.
    number: Option<u64>,
    has_yielded: bool,
}

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

impl Turn {
    /// Returns its number, which is unique in this instance.
    fn number(&mut self) -> u64 {
        *self.number.get_or_insert_with(|| NEXT.replace(NEXT.get() + 1))
    }
}

impl SendQueue {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns whether a sender may try now. If not, it has to be polled again, after the others.
    pub(crate) fn may_try(&mut self, turn: &mut Turn) -> bool {
        if self.waiting.is_empty() && self.woken.is_empty() {
            return true;
        }
        let number = turn.number();
        let is_before = |other: Option<&u64>| other.is_some_and(|&other| other < number);
        let has_others = is_before(self.waiting.keys().next()) || is_before(self.woken.first());
        if has_others && !turn.has_yielded {
            turn.has_yielded = true;
            return false;
        }
        turn.has_yielded = false;
        self.woken.remove(&number);
        true
    }

    /// Adds a sender that found no room. Returns its previous waker, to be dropped after the borrow.
    pub(crate) fn wait(&mut self, turn: &mut Turn, waker: &Waker) -> Option<Waker> {
        self.waiting.insert(turn.number(), waker.clone())
    }

    /// Returns the wakers of all senders that wait, in order, because there is room.
    #[must_use = "the senders have to be woken"]
    pub(crate) fn wake(&mut self) -> Vec<Waker> {
        let waiting = std::mem::take(&mut self.waiting);
        if !waiting.is_empty() {
            // This replaces those of the last time, some of which may be gone.
            self.woken = waiting.keys().copied().collect();
        }
        waiting.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sender always has another item, the other has a single one.
    #[test]
    fn a_new_item_waits_for_earlier_ones() {
        let mut queue = SendQueue::default();
        let (mut many, mut one) = (Turn::default(), Turn::default());
        assert!(queue.may_try(&mut many) && queue.wait(&mut many, Waker::noop()).is_none());
        assert!(!queue.may_try(&mut one) && queue.may_try(&mut one), "it lets the other try for one poll");
        queue.wait(&mut one, Waker::noop());
        assert_eq!(queue.wake().len(), 2);
        assert!(queue.may_try(&mut many));
        let mut many = Turn::default();
        assert!(!queue.may_try(&mut many), "the other has not tried");
        assert!(queue.may_try(&mut one));
        assert!(queue.may_try(&mut many) && queue.is_empty());
    }

    #[test]
    fn a_sender_that_is_gone_blocks_no_other() {
        let mut queue = SendQueue::default();
        queue.wait(&mut Turn::default(), Waker::noop());
        _ = queue.wake();
        for _ in 0..3 {
            let mut turn = Turn::default();
            assert!(!queue.may_try(&mut turn) && queue.may_try(&mut turn));
        }
        let mut next = Turn::default();
        queue.wait(&mut next, Waker::noop());
        assert_eq!(queue.wake().len(), 1);
        assert!(queue.may_try(&mut next), "it has been woken, and the other has not");
    }

    #[test]
    fn a_sender_waits_once() {
        let mut queue = SendQueue::default();
        let mut turn = Turn::default();
        let before = [(); 3].map(|()| queue.wait(&mut turn, Waker::noop()).is_some());
        assert_eq!((before, queue.wake().len()), ([false, true, true], 1));
    }
}
