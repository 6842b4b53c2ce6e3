//! The thief for other machines: takes jobs that no core has time for.
//!
//! It is no core, so it sleeps by itself, and is woken only when no core sleeps that could take the job instead.
//! It falls asleep as a core does (`sleep.rs`): the same fences pair.

use std::task::Waker;

use crate::sync::{AtomicBool, AtomicWaker, Ordering, fence};

/// Whether the thief sleeps, and its waker. There may be none.
#[derive(Debug)]
pub(crate) struct Thief {
    waker: AtomicWaker,
    is_asleep: AtomicBool,
}

impl Thief {
    /// Creates a thief that is awake.
    pub(crate) fn new() -> Self {
        Self { waker: AtomicWaker::new(), is_asleep: AtomicBool::new(false) }
    }

    /// Marks the thief as asleep. It has to check the queues once more.
    pub(crate) fn fall_asleep(&self, waker: &Waker) {
        self.waker.register(waker);
        self.is_asleep.store(true, Ordering::SeqCst);
        // Pairs with the fence of `Sleepers::wake_sleeper`, which a pusher passes before it calls `wake`.
        fence(Ordering::SeqCst);
    }

    /// Marks the thief as awake.
    pub(crate) fn stay_awake(&self) {
        self.is_asleep.store(false, Ordering::SeqCst);
    }

    /// Wakes the thief if it sleeps.
    pub(crate) fn wake(&self) {
        if self.is_asleep.load(Ordering::SeqCst) && self.is_asleep.swap(false, Ordering::SeqCst) {
            self.waker.wake();
        }
    }
}
