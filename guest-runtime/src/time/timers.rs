//! The deadlines that somebody waits for, nearest first, and the one pollable for all of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::task::Waker;

use wasi::clocks::monotonic_clock;

use crate::reactor::Registration;

/// The monotonic clock, in nanoseconds.
pub(super) fn now() -> u64 {
    monotonic_clock::now()
}

/// Deadlines first; a number second, because two timers may share a deadline.
type Key = (u64, u64);

/// All timers of this instance.
#[derive(Default)]
pub(super) struct Timers {
    waiting: BTreeMap<Key, Waker>,
    inserted: u64,
    /// The nearest deadline when it was last looked at, and its pollable.
    nearest: Option<(u64, Registration)>,
}

thread_local! {
    static TIMERS: RefCell<Timers> = RefCell::default();
}

impl Timers {
    pub(super) fn insert(deadline: u64, waker: Waker) -> Timer {
        TIMERS.with_borrow_mut(|timers| {
            let key = (deadline, timers.inserted);
            timers.inserted += 1;
            timers.waiting.insert(key, waker);
            timers.subscribe();
            Timer { key }
        })
    }

    /// Wakes all whose deadline has come. The reactor calls this when the pollable is ready.
    fn fire() {
        let now = now();
        let due = TIMERS.with_borrow_mut(|timers| {
            let later = timers.waiting.split_off(&(now.saturating_add(1), 0));
            let due = std::mem::replace(&mut timers.waiting, later);
            timers.nearest = None;
            timers.subscribe();
            due
        });
        due.into_values().for_each(Waker::wake);
    }

    /// Makes the pollable be that of the nearest deadline, or of an earlier one.
    fn subscribe(&mut self) {
        let Some((&(deadline, _), _)) = self.waiting.first_key_value() else {
            self.nearest = None;
            return;
        };
        // An earlier one wakes the reactor once too often and is cheaper than a new pollable.
        if self.nearest.as_ref().is_none_or(|(at, _)| deadline < *at) {
            let pollable = monotonic_clock::subscribe_instant(deadline);
            let registration = Registration::new(pollable);
            registration.tell_owner(Self::fire);
            self.nearest = Some((deadline, registration));
        }
    }
}

/// A deadline that somebody waits for; dropping it makes nobody wait.
#[derive(Debug)]
pub(super) struct Timer {
    key: Key,
}

impl Timer {
    pub(super) fn has_fired(&self) -> bool {
        TIMERS.with_borrow(|timers| !timers.waiting.contains_key(&self.key))
    }

    pub(super) fn update(&self, waker: &Waker) {
        // What was there is dropped when nothing is borrowed: dropping a waker may run anything.
        let _before = TIMERS.with_borrow_mut(|timers| {
            let waiting = timers.waiting.get_mut(&self.key).filter(|before| !before.will_wake(waker));
            waiting.map(|before| std::mem::replace(before, waker.clone()))
        });
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // As above.
        let _before = TIMERS.with_borrow_mut(|timers| {
            let before = timers.waiting.remove(&self.key)?;
            // With the last timer goes the pollable: nobody waits for it.
            timers.subscribe();
            Some(before)
        });
    }
}
