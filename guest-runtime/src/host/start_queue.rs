//! Who would start a job, and waits until there is room for one.
//!
//! The host takes only so many jobs at a time. Those above it stay lazy, in the order in which they
//! were first polled, and each job that ends gives the next of them a turn. Whoever has a turn uses
//! it, or passes it on by leaving.

use std::collections::BTreeMap;
use std::task::{Poll, Waker};

/// Those who wait, and those whose turn has come.
#[derive(Default)]
pub(super) struct StartQueue {
    /// `None` is a turn that has come.
    tickets: BTreeMap<u64, Option<Waker>>,
    next: u64,
}

impl StartQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// Waits behind all others. Returns the ticket.
    pub(super) fn wait(&mut self, waker: Waker) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.tickets.insert(ticket, Some(waker));
        ticket
    }

    /// Waits for another turn with the same ticket.
    pub(super) fn wait_again(&mut self, ticket: u64, waker: Waker) {
        self.tickets.insert(ticket, Some(waker));
    }

    /// Whether the turn of this ticket has come; else its waker is now this one. Also returns the
    /// waker from before, to be dropped when nothing is borrowed.
    pub(super) fn poll(&mut self, ticket: u64, waker: &Waker) -> (Poll<()>, Option<Waker>) {
        match self.tickets.get_mut(&ticket) {
            Some(Some(before)) if before.will_wake(waker) => (Poll::Pending, None),
            Some(Some(before)) => (Poll::Pending, Some(std::mem::replace(before, waker.clone()))),
            Some(None) | None => (Poll::Ready(()), None),
        }
    }

    /// Gives a ticket up. `None` means that its turn had come.
    pub(super) fn leave(&mut self, ticket: u64) -> Option<Waker> {
        self.tickets.remove(&ticket).flatten()
    }

    /// Gives a turn to so many that wait, and returns whom to wake.
    pub(super) fn give(&mut self, turns: usize) -> Vec<Waker> {
        self.tickets.values_mut().filter_map(Option::take).take(turns).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(n: usize) -> (StartQueue, Vec<u64>) {
        let mut room = StartQueue::default();
        let tickets = (0..n).map(|_| room.wait(Waker::noop().clone())).collect();
        (room, tickets)
    }

    #[test]
    fn turns_come_in_order() {
        let (mut room, tickets) = room(3);
        assert_eq!(room.give(2).len(), 2);
        let turns = tickets.iter().map(|&ticket| room.poll(ticket, Waker::noop()).0.is_ready());
        assert_eq!(turns.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(room.give(2).len(), 1, "who has a turn gets no second one");
    }

    #[test]
    fn who_finds_no_room_keeps_its_ticket() {
        let (mut room, tickets) = room(2);
        room.give(1);
        room.wait_again(tickets[0], Waker::noop().clone());
        room.give(1);
        assert!(room.poll(tickets[0], Waker::noop()).0.is_ready());
        assert!(room.poll(tickets[1], Waker::noop()).0.is_pending());
    }

    #[test]
    fn leaving_says_whether_there_was_a_turn_to_pass_on() {
        let (mut room, tickets) = room(2);
        room.give(1);
        assert!(room.leave(tickets[0]).is_none());
        assert!(room.leave(tickets[1]).is_some());
        assert!(room.is_empty());
    }
}
