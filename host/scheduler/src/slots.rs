//! Limits how many jobs may have begun at a time, without deadlocks between nested jobs.
//!
//! A job that waits for its own jobs keeps its instance. If waiting jobs had all instances, the jobs that they
//! wait for could never begin. So each depth has a slot of its own, in addition to the slots that all depths
//! share. One of the deepest jobs can always begin, end and give its slot back. Then the same holds for the
//! depth above, and so on. So every tree makes progress, even without shared slots.

use std::sync::Arc;

use crate::sync::{AtomicBool, AtomicUsize, Ordering, fence};

/// The slots of one tree of jobs.
#[derive(Debug)]
pub struct Slots {
    shared: Arc<Shared>,
    /// For each depth, whether its own slot is taken.
    own: Box<[AtomicBool]>,
}

/// The slots that all trees share.
#[derive(Debug)]
struct Shared {
    free: AtomicUsize,
    /// Set when there was no slot for a job, until a slot is given back.
    wanted: AtomicBool,
}

/// Permission for one job to have begun.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a slot that is not given back is lost"]
pub enum Slot {
    /// One of the slots that all trees share.
    Shared,
    /// The own slot of this depth.
    Own(u32),
}

impl Slots {
    /// Creates this many shared slots, and one own slot for each depth from 0 to `max_depth`.
    pub fn new(shared: usize, max_depth: u32) -> Self {
        let shared = Shared { free: AtomicUsize::new(shared), wanted: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), own: own(max_depth) }
    }

    /// Creates the slots of another tree. It has the same shared slots, and own slots of its own, so neither
    /// tree can keep the other from making progress.
    pub fn for_tree(&self, max_depth: u32) -> Self {
        Self { shared: Arc::clone(&self.shared), own: own(max_depth) }
    }

    /// Takes a slot for a job of this depth, if one is free.
    ///
    /// If no slot is free, the next [`give_back`](Self::give_back) returns `true`.
    pub fn take(&self, depth: u32) -> Option<Slot> {
        self.try_take(depth).or_else(|| {
            self.shared.wanted.store(true, Ordering::SeqCst);
            // Another thread may have given a slot back after the first attempt, before it could see `wanted`.
            // So try again. Pairs with the fence of `give_back`: one of the two threads sees the other.
            fence(Ordering::SeqCst);
            self.try_take(depth)
        })
    }

    /// Gives a slot back. Returns whether a job may have been waiting for one.
    #[must_use = "the cores that wait for a slot have to be woken"]
    pub fn give_back(&self, slot: Slot) -> bool {
        match slot {
            Slot::Shared => _ = self.shared.free.fetch_add(1, Ordering::AcqRel),
            Slot::Own(depth) => self.own[depth as usize].store(false, Ordering::Release),
        }
        fence(Ordering::SeqCst);
        self.shared.wanted.load(Ordering::SeqCst) && self.shared.wanted.swap(false, Ordering::SeqCst)
    }

    /// Returns how many of the shared slots are free.
    pub fn free(&self) -> usize {
        self.shared.free.load(Ordering::Relaxed)
    }

    fn try_take(&self, depth: u32) -> Option<Slot> {
        let taken =
            self.shared.free.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |free| free.checked_sub(1));
        if taken.is_ok() {
            return Some(Slot::Shared);
        }
        let own = self.own.get(depth as usize)?;
        let is_ours = !own.load(Ordering::Relaxed) && !own.swap(true, Ordering::AcqRel);
        is_ours.then_some(Slot::Own(depth))
    }
}

fn own(max_depth: u32) -> Box<[AtomicBool]> {
    (0..=max_depth).map(|_| AtomicBool::new(false)).collect()
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{Slot, Slots};

    #[test]
    fn every_depth_has_a_slot_of_its_own() {
        let slots = Slots::new(1, 2);
        assert_eq!(slots.take(1), Some(Slot::Shared));
        assert_eq!(slots.take(1), Some(Slot::Own(1)));
        assert_eq!(slots.take(1), None);
        assert_eq!(slots.take(2), Some(Slot::Own(2)));
        assert_eq!(slots.take(3), None);
        assert!(slots.give_back(Slot::Own(2)), "a job wanted one");
        assert!(!slots.give_back(Slot::Shared), "which has been reported");
        assert_eq!(slots.take(2), Some(Slot::Shared));
    }

    #[test]
    fn no_tree_takes_the_own_slots_of_another() {
        let one = Slots::new(1, 1);
        let other = one.for_tree(1);
        assert_eq!(one.take(0), Some(Slot::Shared));
        assert_eq!(one.take(0), Some(Slot::Own(0)));
        assert_eq!(other.take(0), Some(Slot::Own(0)));
        assert_eq!(other.take(0), None);
        assert!(one.give_back(Slot::Shared), "the other wants it");
        assert_eq!(other.take(0), Some(Slot::Shared));
    }
}
