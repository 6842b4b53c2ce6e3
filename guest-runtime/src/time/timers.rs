//! The timers of this instance, nearest deadline first, and the one pollable for all of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::task::Waker;
use std::time::{Duration, Instant};

use wasi::clocks::monotonic_clock;

use crate::reactor::{Interest, Registration};

/// The key of a timer: its deadline, and a number, because two timers may have the same deadline.
type Key = (Instant, u64);

/// How long timers rest after some of them fired, for each that still waits.
///
/// A future that awaits many others, like a `join`, may poll all of them when one is woken. With this rest, ten
/// thousand sleeps that end at different times within 100 ms are polled 50 times instead of 150, for half the
/// CPU time. It makes ten thousand timers at most 2 ms late, and ten timers 2 us.
const REST: Duration = Duration::from_nanos(200);

/// All timers of this instance.
#[derive(Default)]
pub(super) struct Timers {
    /// The timers that wait. All are later than `fired`.
    waiting: BTreeMap<Key, Waker>,
    inserted: u64,
    /// When timers fired last. All with an earlier deadline have fired, which is known without a look at the
    /// clock.
    fired: Option<Instant>,
    /// When their rest ends.
    resting: Option<Instant>,
    /// The pollable, and when it becomes ready: at the nearest deadline, or before.
    nearest: Option<(Instant, Registration)>,
}

thread_local! {
    static TIMERS: RefCell<Timers> = RefCell::default();
}

impl Timers {
    /// Returns whether timers of this deadline have fired; if not, one that is inserted now will.
    pub(super) fn have_fired(deadline: Instant) -> bool {
        TIMERS.with_borrow(|timers| timers.fired >= Some(deadline))
    }

    pub(super) fn insert(deadline: Instant, waker: Waker) -> Timer {
        TIMERS.with_borrow_mut(|timers| {
            let key = (deadline, timers.inserted);
            timers.inserted += 1;
            timers.waiting.insert(key, waker);
            timers.subscribe();
            Timer { key }
        })
    }

    /// Wakes all timers whose deadline has passed. The reactor calls this when the pollable is ready.
    fn fire() {
        let now = Instant::now();
        let due = TIMERS.with_borrow_mut(|timers| {
            let later = timers.waiting.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut timers.waiting, later);
            timers.fired = Some(now);
            let waiting = u32::try_from(timers.waiting.len()).unwrap_or(u32::MAX);
            timers.resting = Some(now + REST * waiting);
            timers.nearest = None;
            timers.subscribe();
            due
        });
        due.into_values().for_each(Waker::wake);
    }

    /// Makes sure that the pollable is ready at the nearest deadline, or before.
    fn subscribe(&mut self) {
        let Some((&(deadline, _), _)) = self.waiting.first_key_value() else { return };
        let until = self.resting.map_or(deadline, |resting| resting.max(deadline));
        match &self.nearest {
            // An earlier one wakes the reactor once more than needed, which is cheaper than a new pollable.
            Some((at, registration)) if *at <= until => {
                registration.set_interest(Interest::Active(Self::fire))
            }
            _ => {
                let left = until.saturating_duration_since(Instant::now()).as_nanos();
                let pollable = monotonic_clock::subscribe_duration(u64::try_from(left).unwrap_or(u64::MAX));
                let registration = Registration::new(pollable);
                registration.set_interest(Interest::Active(Self::fire));
                self.nearest = Some((until, registration));
            }
        }
    }
}

/// A timer that waits. Dropping it removes it.
#[derive(Debug)]
pub(super) struct Timer {
    key: Key,
}

impl Timer {
    pub(super) fn update(&self, waker: &Waker) {
        // The old waker is dropped after the borrow has ended: dropping it may run any code.
        let _before = TIMERS.with_borrow_mut(|timers| {
            let waiting = timers.waiting.get_mut(&self.key).filter(|before| !before.will_wake(waker));
            waiting.map(|before| std::mem::replace(before, waker.clone()))
        });
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if Timers::have_fired(self.key.0) {
            return;
        }
        // As above.
        let _before = TIMERS.with_borrow_mut(|timers| {
            let before = timers.waiting.remove(&self.key);
            if let (true, Some((_, registration))) = (timers.waiting.is_empty(), &timers.nearest) {
                // The pollable stays for the next timer, so that many reads with a timeout each cost one
                // pollable in all. No turn waits for it.
                registration.set_interest(Interest::None);
            }
            before
        });
    }
}
