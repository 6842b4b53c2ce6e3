//! The pollables that the reactor knows, and one turn over those that somebody waits for.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::task::Waker;

use slab::Slab;
use wasi::io::poll::Pollable;

/// One pollable, and who wants to know when it is ready.
pub(super) struct Source {
    pub(super) pollable: Pollable,
    /// Called every time it is ready, for a pollable that many futures share.
    pub(super) owner: Option<fn()>,
    /// Whether the owner would not wait for this alone.
    pub(super) in_passing: bool,
    /// Each is woken once.
    pub(super) waiters: Slab<Waker>,
    /// How often those who waited have been told. A waiter that began in an earlier round is done.
    pub(super) round: u64,
}

impl Source {
    fn is_waited_for(&self) -> bool {
        self.owner.is_some() || !self.waiters.is_empty()
    }

    /// Whether something can come of it that somebody waits for.
    fn counts(&self) -> bool {
        (self.owner.is_some() && !self.in_passing) || !self.waiters.is_empty()
    }
}

/// Who is told of a pollable that is ready.
enum Told {
    Owner(fn()),
    Waiter(Waker),
}

/// The pollables of this instance. All methods work on the one reactor there is.
#[derive(Default)]
pub(crate) struct Reactor {
    pub(super) sources: Slab<Source>,
    /// The sources that somebody waits for. Sorted, so that every run takes the same turns.
    pub(super) waiting: BTreeSet<usize>,
}

thread_local! {
    pub(super) static REACTOR: RefCell<Reactor> = RefCell::default();
}

impl Reactor {
    /// Blocks until something is ready and tells who waits for it.
    ///
    /// Returns false, at once, if nobody waits for anything.
    pub(crate) fn park() -> bool {
        let counts =
            REACTOR.with_borrow(|reactor| reactor.waiting.iter().any(|&key| reactor.sources[key].counts()));
        counts && Self::turn(None)
    }

    /// Tells who waits for what is ready already, without blocking.
    pub(crate) fn look() {
        if REACTOR.with_borrow(|reactor| !reactor.waiting.is_empty()) {
            let now = wasi::clocks::monotonic_clock::subscribe_duration(0);
            Self::turn(Some(&now));
        }
    }

    fn turn(now: Option<&Pollable>) -> bool {
        let told = REACTOR.with_borrow_mut(|reactor| reactor.poll(now));
        let Some(told) = told else { return false };
        // Nothing is borrowed here: a waker may run anything, also what uses the reactor.
        for told in told {
            match told {
                Told::Owner(owner) => owner(),
                Told::Waiter(waker) => waker.wake(),
            }
        }
        true
    }

    /// One call of `wasi:io/poll`; returns who is to be told, in the order of registration.
    fn poll(&mut self, now: Option<&Pollable>) -> Option<Vec<Told>> {
        if self.waiting.is_empty() {
            return None;
        }
        // The only thing waited for: `block` has no list to bring over and back.
        if let (Some(&key), 1, None) = (self.waiting.first(), self.waiting.len(), now) {
            self.sources[key].pollable.block();
            let mut told = Vec::new();
            self.tell(key, &mut told);
            return Some(told);
        }
        let keys: Vec<_> = self.waiting.iter().copied().collect();
        let waited_for = keys.iter().map(|&key| &self.sources[key].pollable);
        let pollables: Vec<_> = waited_for.chain(now).collect();
        let mut ready = wasi::io::poll::poll(&pollables);
        // The host may name them in any order.
        ready.sort_unstable();
        let mut told = Vec::with_capacity(ready.len());
        // The index past the last key is `now`, for whom nobody waits.
        for key in ready.into_iter().filter_map(|index| keys.get(index as usize)) {
            self.tell(*key, &mut told);
        }
        Some(told)
    }

    /// Begins a new round of a source that is ready.
    fn tell(&mut self, key: usize, told: &mut Vec<Told>) {
        let source = &mut self.sources[key];
        source.round += 1;
        told.extend(source.owner.map(Told::Owner));
        told.extend(source.waiters.drain().map(Told::Waiter));
        if source.owner.is_none() {
            self.waiting.remove(&key);
        }
    }

    /// Keeps `waiting` true after a change of who waits for this source.
    pub(super) fn update(&mut self, key: usize) {
        if self.sources[key].is_waited_for() {
            self.waiting.insert(key);
        } else {
            self.waiting.remove(&key);
        }
    }
}
