//! A line of senders that wait for room: whoever came first tries first.
//!
//! All senders of an instance are polled by one future, mostly in the same order. If all that wait were
//! only woken when there is room, the first of them would take it each time, with one item after the other,
//! and the last would wait as long as the first has any. So a sender lets those try that came before it.
//! It does so for one poll, not for as long as they are there: one of them may have been dropped, or be kept
//! by a future that polls it no more.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::task::Waker;

/// Senders of one queue or channel, by when they came.
#[derive(Default)]
pub(crate) struct SendQueue {
    /// Those that found no room.
    waiting: BTreeMap<u64, Waker>,
    /// Those that have been woken since, and have not tried again.
    woken: BTreeSet<u64>,
}

/// What a sender knows of its turn to send an item. A new one is for a new item.
#[derive(Debug, Default)]
#[expect(unnameable_types, reason = "in a trait that nobody else implements")]
pub struct Turn {
    /// When it came, if it had others before it.
    number: Option<u64>,
    has_yielded: bool,
}

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

impl Turn {
    /// Its number, which no other sender of this instance has, whatever line that is in.
    fn number(&mut self) -> u64 {
        *self.number.get_or_insert_with(|| NEXT.replace(NEXT.get() + 1))
    }
}

impl SendQueue {
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether a sender may try now. If not, it is to be polled again after the others.
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

    /// A sender has found no room. Returns its waker from before, to be dropped when nothing is borrowed.
    pub(crate) fn wait(&mut self, turn: &mut Turn, waker: &Waker) -> Option<Waker> {
        self.waiting.insert(turn.number(), waker.clone())
    }

    /// There is room: returns the wakers of all that wait, the first first.
    #[must_use = "whoever waits has to be woken"]
    pub(crate) fn wake(&mut self) -> Vec<Waker> {
        let waiting = std::mem::take(&mut self.waiting);
        if !waiting.is_empty() {
            // In place of those of the last time, of which some may be gone.
            self.woken = waiting.keys().copied().collect();
        }
        waiting.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sender always has another item, the other a single one.
    #[test]
    fn a_new_item_waits_for_those_that_came_before() {
        let mut line = SendQueue::default();
        let (mut many, mut one) = (Turn::default(), Turn::default());
        assert!(line.may_try(&mut many) && line.wait(&mut many, Waker::noop()).is_none());
        assert!(!line.may_try(&mut one) && line.may_try(&mut one), "it lets the other try for one poll");
        line.wait(&mut one, Waker::noop());
        assert_eq!(line.wake().len(), 2);
        assert!(line.may_try(&mut many));
        let mut many = Turn::default();
        assert!(!line.may_try(&mut many), "the other has not tried");
        assert!(line.may_try(&mut one));
        assert!(line.may_try(&mut many) && line.is_empty());
    }

    #[test]
    fn a_sender_that_is_gone_holds_up_nobody() {
        let mut line = SendQueue::default();
        line.wait(&mut Turn::default(), Waker::noop());
        _ = line.wake();
        for _ in 0..3 {
            let mut turn = Turn::default();
            assert!(!line.may_try(&mut turn) && line.may_try(&mut turn));
        }
        let mut next = Turn::default();
        line.wait(&mut next, Waker::noop());
        assert_eq!(line.wake().len(), 1);
        assert!(line.may_try(&mut next), "it has been woken, and the other has not");
    }

    #[test]
    fn a_sender_waits_once() {
        let mut line = SendQueue::default();
        let mut turn = Turn::default();
        let before = [(); 3].map(|()| line.wait(&mut turn, Waker::noop()).is_some());
        assert_eq!((before, line.wake().len()), ([false, true, true], 1));
    }
}
