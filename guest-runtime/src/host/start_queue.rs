//! A queue of jobs that wait for room to start.
//!
//! The host accepts a limited number of jobs at a time. Further ones are queued in the order in which they were
//! first polled, and each job that ends gives the next one a turn. A job uses its turn, or passes it on when it
//! leaves the queue.

use std::collections::BTreeMap;
use std::task::{Poll, Waker};

/// The tickets of jobs that wait, and of those whose turn has come.
#[derive(Default)]
pub(super) struct StartQueue {
    /// The waker of each ticket; `None` if its turn has come.
    tickets: BTreeMap<u64, Option<Waker>>,
    next: u64,
}

impl StartQueue {
    pub(super) fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    /// Adds a job behind all others, and returns its ticket.
    pub(super) fn wait(&mut self, waker: Waker) -> u64 {
        let ticket = self.next;
        self.next += 1;
        self.tickets.insert(ticket, Some(waker));
        ticket
    }

    /// Makes a ticket wait for another turn, because it found no room.
    pub(super) fn wait_again(&mut self, ticket: u64, waker: Waker) {
        self.tickets.insert(ticket, Some(waker));
    }

    /// Returns `Ready` if the turn of this ticket has come, and otherwise replaces its waker. Also returns the
    /// previous waker, to be dropped after the borrow.
    pub(super) fn poll(&mut self, ticket: u64, waker: &Waker) -> (Poll<()>, Option<Waker>) {
        match self.tickets.get_mut(&ticket) {
            Some(Some(before)) if before.will_wake(waker) => (Poll::Pending, None),
            Some(Some(before)) => (Poll::Pending, Some(std::mem::replace(before, waker.clone()))),
            Some(None) | None => (Poll::Ready(()), None),
        }
    }

    /// Removes a ticket. Returns `None` if its turn had come.
    pub(super) fn leave(&mut self, ticket: u64) -> Option<Waker> {
        self.tickets.remove(&ticket).flatten()
    }

    /// Gives a turn to the next tickets, and returns their wakers.
    pub(super) fn give(&mut self, turns: usize) -> Vec<Waker> {
        self.tickets.values_mut().filter_map(Option::take).take(turns).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(n: usize) -> (StartQueue, Vec<u64>) {
        let mut queue = StartQueue::default();
        let tickets = (0..n).map(|_| queue.wait(Waker::noop().clone())).collect();
        (queue, tickets)
    }

    #[test]
    fn turns_come_in_order() {
        let (mut queue, tickets) = queue(3);
        assert_eq!(queue.give(2).len(), 2);
        let turns = tickets.iter().map(|&ticket| queue.poll(ticket, Waker::noop()).0.is_ready());
        assert_eq!(turns.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(queue.give(2).len(), 1, "a ticket gets no second turn");
    }

    #[test]
    fn a_job_without_room_keeps_its_ticket() {
        let (mut queue, tickets) = queue(2);
        queue.give(1);
        queue.wait_again(tickets[0], Waker::noop().clone());
        queue.give(1);
        assert!(queue.poll(tickets[0], Waker::noop()).0.is_ready());
        assert!(queue.poll(tickets[1], Waker::noop()).0.is_pending());
    }

    #[test]
    fn leaving_returns_whether_there_was_a_turn_to_pass_on() {
        let (mut queue, tickets) = queue(2);
        queue.give(1);
        assert!(queue.leave(tickets[0]).is_none());
        assert!(queue.leave(tickets[1]).is_some());
        assert!(queue.is_empty());
    }
}
