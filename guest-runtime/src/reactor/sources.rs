//! The registered pollables, and a turn over those that have a waiter.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::task::Waker;

use slab::Slab;
use wasi::io::poll::Pollable;

/// One pollable and its waiters.
pub(super) struct Source {
    pub(super) pollable: Pollable,
    pub(super) interest: Interest,
    /// The futures that wait. Each is woken once.
    pub(super) waiters: Slab<Waker>,
    /// How often the waiters have been woken. A wait that began in an earlier round is over.
    pub(super) round: u64,
}

/// What the owner of a pollable wants from it, besides the futures that wait for it.
///
/// Timers and jobs each share one pollable among many futures. Its owner has one function called, which
/// finds out which futures to wake.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Interest {
    /// Leaves the pollable out of the turns.
    None,
    /// Calls the function when the pollable is ready, but does not keep the reactor waiting for it.
    Passive(fn()),
    /// Keeps the reactor waiting, and calls the function when the pollable is ready.
    Active(fn()),
}

impl Interest {
    fn callback(self) -> Option<fn()> {
        match self {
            Self::None => None,
            Self::Passive(callback) | Self::Active(callback) => Some(callback),
        }
    }
}

impl Source {
    /// Returns whether turns include this pollable.
    fn is_polled(&self) -> bool {
        !matches!(self.interest, Interest::None) || !self.waiters.is_empty()
    }

    /// Returns whether the reactor may block for this pollable alone.
    fn is_awaited(&self) -> bool {
        matches!(self.interest, Interest::Active(_)) || !self.waiters.is_empty()
    }
}

/// What a turn runs for a pollable that is ready.
enum Wakeup {
    Owner(fn()),
    Waiter(Waker),
}

/// The pollables of this instance. All methods work on the only reactor there is.
#[derive(Default)]
pub(crate) struct Reactor {
    pub(super) sources: Slab<Source>,
    /// The keys of the sources that turns include. Sorted, so that every run takes the same turns.
    pub(super) polled: BTreeSet<usize>,
}

thread_local! {
    pub(super) static REACTOR: RefCell<Reactor> = RefCell::default();
}

impl Reactor {
    /// Blocks until a pollable is ready, and wakes its waiters.
    ///
    /// Returns false at once if there is nothing to wait for.
    pub(crate) fn park() -> bool {
        let is_awaited = REACTOR
            .with_borrow(|reactor| reactor.polled.iter().any(|&key| reactor.sources[key].is_awaited()));
        is_awaited && Self::turn(None)
    }

    /// Wakes the waiters of all pollables that are ready already, without blocking.
    pub(crate) fn look() {
        if REACTOR.with_borrow(|reactor| !reactor.polled.is_empty()) {
            // A timer of no duration is always ready, so the call of `poll` returns at once.
            let now = wasi::clocks::monotonic_clock::subscribe_duration(0);
            Self::turn(Some(&now));
        }
    }

    fn turn(now: Option<&Pollable>) -> bool {
        let wakeups = REACTOR.with_borrow_mut(|reactor| reactor.poll(now));
        let Some(wakeups) = wakeups else { return false };
        // Nothing is borrowed here: a waker may run any code, which may use the reactor.
        for wakeup in wakeups {
            match wakeup {
                Wakeup::Owner(callback) => callback(),
                Wakeup::Waiter(waker) => waker.wake(),
            }
        }
        true
    }

    /// Calls `wasi:io/poll` once, and returns what to run, in the order of registration.
    fn poll(&mut self, now: Option<&Pollable>) -> Option<Vec<Wakeup>> {
        if self.polled.is_empty() {
            return None;
        }
        // `block` saves the lists that `poll` takes and returns.
        if let (Some(&key), 1, None) = (self.polled.first(), self.polled.len(), now) {
            self.sources[key].pollable.block();
            let mut wakeups = Vec::new();
            self.begin_round(key, &mut wakeups);
            return Some(wakeups);
        }
        let keys: Vec<_> = self.polled.iter().copied().collect();
        let polled = keys.iter().map(|&key| &self.sources[key].pollable);
        let pollables: Vec<_> = polled.chain(now).collect();
        let mut ready = wasi::io::poll::poll(&pollables);
        // The host may return them in any order.
        ready.sort_unstable();
        let mut wakeups = Vec::with_capacity(ready.len());
        // The index past the last key is `now`, which has no waiter.
        for key in ready.into_iter().filter_map(|index| keys.get(index as usize)) {
            self.begin_round(*key, &mut wakeups);
        }
        Some(wakeups)
    }

    /// Begins a new round of a source that is ready, and adds what to run for it.
    fn begin_round(&mut self, key: usize, wakeups: &mut Vec<Wakeup>) {
        let source = &mut self.sources[key];
        source.round += 1;
        let callback = source.interest.callback();
        wakeups.extend(callback.map(Wakeup::Owner));
        wakeups.extend(source.waiters.drain().map(Wakeup::Waiter));
        if callback.is_none() {
            self.polled.remove(&key);
        }
    }

    /// Brings `polled` up to date after the waiters or the interest of a source changed.
    pub(super) fn update(&mut self, key: usize) {
        if self.sources[key].is_polled() {
            self.polled.insert(key);
        } else {
            self.polled.remove(&key);
        }
    }
}
