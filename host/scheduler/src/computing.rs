//! The guests that compute on a core, and how long a queued job waits for them.
//!
//! A core that computes gains nothing from starting another job beside its guests: the instance takes memory,
//! and all of them end later. So a queued job waits for the guests to end, or to wait for something themselves.
//! But it must not wait forever: a guest may never end, or may spin until that very job has started. So the job
//! waits only until the youngest guest has computed for some time. This time is short unless the job is of a
//! kind that is known to compute, and then it depends on the memory that another instance would take.

use std::collections::VecDeque;

/// How long a job waits that may not compute at all, in nanoseconds.
///
/// Two long jobs that share a core are both late, so this is longer than most jobs take.
const QUANTUM: u64 = 10_000_000;

/// How long a job that is known to compute waits, for each MiB of the largest instance that computes.
const PER_MIB: u64 = 64_000_000;

/// The longest that a job waits beside one guest.
const LONGEST: u64 = 1_000_000_000;

/// How often the time is doubled, at most. It is doubled for each guest after the first.
const MAX_DOUBLINGS: u32 = 6;

/// The longest that any job waits, in nanoseconds, after the youngest guest has begun.
pub const LONGEST_WAIT: u64 = LONGEST << MAX_DOUBLINGS;

/// The guests of one tree that compute on one core, in the order of their turns.
#[derive(Debug, Default)]
pub struct Computing {
    guests: VecDeque<Guest>,
    /// When the youngest of them began.
    youngest: u64,
    /// The memory of the largest of them.
    largest: u64,
}

#[derive(Debug)]
struct Guest {
    key: usize,
    began: u64,
    bytes: u64,
}

impl Computing {
    /// Creates the list of a core without guests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of guests that compute.
    pub fn len(&self) -> usize {
        self.guests.len()
    }

    /// Returns whether no guest computes.
    pub fn is_empty(&self) -> bool {
        self.guests.is_empty()
    }

    /// Adds a guest, or updates what is known of it: when its job began, and the bytes of its memory.
    ///
    /// Times are in nanoseconds, on any clock that never goes back.
    pub fn set(&mut self, key: usize, began: u64, bytes: u64) {
        match self.guests.iter_mut().find(|guest| guest.key == key) {
            Some(guest) => (guest.began, guest.bytes) = (began, bytes),
            None => self.guests.push_back(Guest { key, began, bytes }),
        }
        self.note();
    }

    /// Removes a guest, because it has ended or waits for something.
    pub fn remove(&mut self, key: usize) {
        self.guests.retain(|guest| guest.key != key);
        self.note();
    }

    /// Returns the guest whose turn it is. Its next turn comes after those of all others.
    pub fn next_turn(&mut self) -> Option<usize> {
        let key = self.guests.front()?.key;
        self.guests.rotate_left(1);
        Some(key)
    }

    /// Returns whether a job may start now beside these guests. `computes` tells whether its kind is
    /// [known to compute](Habits::computes).
    ///
    /// A job that ends at once, or waits, is never added to the guests. So once the time of one such job has
    /// passed, those behind it wait no more.
    pub fn may_start(&self, computes: bool, now: u64) -> bool {
        if self.is_empty() {
            return true;
        }
        let price = (self.largest.saturating_mul(PER_MIB) >> 20).clamp(QUANTUM, LONGEST);
        let alone = if computes { price } else { QUANTUM };
        let doublings =
            u32::try_from(self.len() - 1).map_or(MAX_DOUBLINGS, |others| others.min(MAX_DOUBLINGS));
        now.saturating_sub(self.youngest) >= alone << doublings
    }

    fn note(&mut self) {
        self.youngest = self.guests.iter().map(|guest| guest.began).max().unwrap_or(0);
        self.largest = self.guests.iter().map(|guest| guest.bytes).max().unwrap_or(0);
    }
}

/// The number of kinds of one tree that a core remembers. If there are more, it forgets all of them.
const KINDS: usize = 32;

/// How far the balance of a kind reaches, in nanoseconds.
///
/// A kind that was seen to wait, such as the connections of a server, is treated so for longer.
const MOST_COMPUTED: i64 = 1_000_000_000;
const MOST_WAITED: i64 = 60_000_000_000;

/// What is known of the kinds of one tree on one core: whether their jobs compute, or mostly wait.
///
/// The kind of a job is the number of its function. Waiting for jobs of its own does not count.
#[derive(Debug, Default)]
pub struct Habits {
    /// For each kind, by how much the time that its jobs computed exceeds the time that they waited.
    balances: Vec<(u32, i64)>,
}

impl Habits {
    /// Creates a record that knows of no kind.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that a job of this kind has computed for this many nanoseconds.
    pub fn add_computed(&mut self, kind: u32, took: u64) {
        let balance = self.balance(kind);
        *balance = balance.saturating_add(signed(took)).min(MOST_COMPUTED);
    }

    /// Records that a job of this kind has waited for this many nanoseconds, but for no jobs of its own.
    pub fn add_waited(&mut self, kind: u32, took: u64) {
        let balance = self.balance(kind);
        *balance = balance.saturating_sub(signed(took)).max(-MOST_WAITED);
    }

    /// Returns whether jobs of this kind compute for longer than they wait. False if nothing is known of it.
    pub fn computes(&self, kind: u32) -> bool {
        self.balances.iter().any(|&(other, balance)| other == kind && balance > 0)
    }

    fn balance(&mut self, kind: u32) -> &mut i64 {
        let index = self.balances.iter().position(|&(other, _)| other == kind).unwrap_or_else(|| {
            if self.balances.len() == KINDS {
                self.balances.clear();
            }
            self.balances.push((kind, 0));
            self.balances.len() - 1
        });
        &mut self.balances[index].1
    }
}

fn signed(time: u64) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{Computing, Habits, KINDS, LONGEST, LONGEST_WAIT, MAX_DOUBLINGS, QUANTUM};

    const MIB: u64 = 1 << 20;
    const MS: u64 = 1_000_000;

    #[test]
    fn no_job_waits_where_none_computes() {
        let mut computing = Computing::new();
        assert!(computing.may_start(true, 0));
        computing.set(1, 5, 100 * MIB);
        assert!(!computing.may_start(true, 6));
        computing.remove(1);
        assert!(computing.may_start(true, 6));
    }

    #[test]
    fn a_job_that_computes_waits_as_long_as_its_memory_is_worth() {
        let mut computing = Computing::new();
        for (bytes, wait) in [(0, QUANTUM), (MIB, 64 * MS), (8 * MIB, 512 * MS), (1 << 40, LONGEST)] {
            computing.set(1, 100, bytes);
            assert!(!computing.may_start(true, 99 + wait), "{bytes} bytes");
            assert!(computing.may_start(true, 100 + wait), "{bytes} bytes");
            assert!(computing.may_start(false, 100 + QUANTUM), "another kind waits less");
        }
    }

    #[test]
    fn the_time_doubles_with_each_guest_and_ends() {
        let mut computing = Computing::new();
        for guest in 0..=2 * MAX_DOUBLINGS {
            computing.set(guest as usize, 100, 1 << 40);
            let wait = LONGEST << guest.min(MAX_DOUBLINGS);
            assert!(wait <= LONGEST_WAIT);
            assert!(!computing.may_start(true, 99 + wait) && computing.may_start(true, 100 + wait));
        }
    }

    /// One that never ends would otherwise delay each of the others.
    #[test]
    fn a_job_that_replaces_another_waits_for_the_remaining_guests_only() {
        let mut computing = Computing::new();
        computing.set(1, 0, MIB);
        computing.set(2, 500 * MS, MIB);
        assert!(!computing.may_start(true, 510 * MS));
        computing.remove(2);
        assert!(computing.may_start(true, 510 * MS));
    }

    #[test]
    fn guests_take_turns() {
        let mut computing = Computing::new();
        assert_eq!(computing.next_turn(), None);
        [1, 2, 3].into_iter().for_each(|key| computing.set(key, 0, 0));
        assert_eq!([(); 4].map(|()| computing.next_turn()), [Some(1), Some(2), Some(3), Some(1)]);
        computing.remove(3);
        computing.set(2, 7, 7);
        assert_eq!([(); 3].map(|()| computing.next_turn()), [Some(2), Some(1), Some(2)]);
    }

    #[test]
    fn a_kind_computes_if_it_does_so_for_longer_than_it_waits() {
        let mut habits = Habits::new();
        assert!(!habits.computes(7));
        habits.add_computed(7, 10);
        assert!(habits.computes(7) && !habits.computes(8));
        habits.add_waited(7, 10);
        assert!(!habits.computes(7));
        habits.add_waited(7, u64::MAX);
        (0..61).for_each(|_| habits.add_computed(7, u64::MAX));
        assert!(habits.computes(7), "it has changed");
    }

    /// A hostile app could otherwise make the host remember any number of kinds.
    #[test]
    fn only_so_many_kinds_are_remembered() {
        let mut habits = Habits::new();
        (0..1_000).for_each(|kind| habits.add_computed(kind, 1));
        assert!(habits.balances.len() <= KINDS);
        assert!(habits.computes(999));
    }
}
