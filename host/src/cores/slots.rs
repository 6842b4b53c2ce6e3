//! How many guests there may be, so that nesting cannot lock up.
//!
//! A guest that waits for its jobs keeps its instance. If guests that wait had all the instances
//! there are, their jobs could never start. So each depth leaves one slot for every deeper one: a
//! job at depth `d` starts only if more than `max_depth - d` slots are free. The deepest jobs,
//! which may have no jobs of their own, then always find a slot, end, and free it; so do those
//! above them, and so on up to main.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

pub(crate) struct Slots {
    total: usize,
    max_depth: u32,
    taken: AtomicUsize,
    /// Set when a job was not admitted, so that somebody may wait for a slot.
    wanted: AtomicBool,
}

impl Slots {
    pub(crate) fn new(total: usize, max_depth: u32) -> Self {
        assert!(total > max_depth as usize, "every depth needs a slot");
        Self { total, max_depth, taken: AtomicUsize::new(0), wanted: AtomicBool::new(false) }
    }

    /// Whether a job of this depth may start now.
    ///
    /// Cores that ask at the same moment may both hear yes: there is a spare slot for each core.
    pub(crate) fn admit(&self, depth: u32) -> bool {
        let reserve = self.max_depth.saturating_sub(depth) as usize;
        let free = || self.total.saturating_sub(self.taken.load(Ordering::SeqCst)) > reserve;
        if free() {
            return true;
        }
        self.wanted.store(true, Ordering::SeqCst);
        // A slot that was freed before we were seen to want one: look again.
        free()
    }

    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, Ordering::SeqCst);
    }

    /// Gives a slot back. Returns whether somebody may have been waiting for it.
    #[must_use = "who waits for a slot has to be woken"]
    pub(crate) fn give_back(&self) -> bool {
        self.taken.fetch_sub(1, Ordering::SeqCst);
        self.wanted.load(Ordering::SeqCst) && self.wanted.swap(false, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_depth_leaves_a_slot_for_each_deeper_one() {
        let slots = Slots::new(4, 3);
        assert!(slots.admit(1));
        slots.take();
        assert!(slots.admit(1));
        slots.take();
        assert!(!slots.admit(1));
        assert!(slots.admit(2));
        slots.take();
        assert!(!slots.admit(2));
        assert!(slots.admit(3));
        slots.take();
        assert!(!slots.admit(3));
        assert!(slots.give_back());
        assert!(slots.admit(3));
        assert!(!slots.give_back());
    }
}
