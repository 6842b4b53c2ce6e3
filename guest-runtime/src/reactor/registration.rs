//! One pollable known to the reactor; dropping it makes the reactor forget it.

use std::task::Waker;

use wasi::io::poll::Pollable;

use super::{Notify, REACTOR, Source};

/// A pollable that the reactor holds for somebody.
///
/// Dropping it takes the pollable out of the reactor, so what loses a race is not waited for.
pub(crate) struct Registration {
    key: usize,
}

impl Registration {
    /// Registers a pollable that nobody waits for yet.
    pub(crate) fn new(pollable: Pollable) -> Self {
        let source = Source { pollable, notify: Notify::Nobody };
        Self { key: REACTOR.with_borrow_mut(|reactor| reactor.sources.insert(source)) }
    }

    /// Wakes `waker` when the pollable is ready, once.
    pub(crate) fn tell(&self, waker: &Waker) {
        self.set_notify(Notify::Waker(waker.clone()));
    }

    /// Whether what [`tell`](Self::tell) asked for has happened.
    pub(crate) fn was_told(&self) -> bool {
        REACTOR.with_borrow(|reactor| matches!(reactor.sources[self.key].notify, Notify::Nobody))
    }

    /// For a pollable that many futures share: calls `owner` whenever it is ready.
    pub(crate) fn tell_owner(&self, owner: fn()) {
        self.set_notify(Notify::Owner(owner));
    }

    /// Keeps the pollable, but leaves it out of the turns of the reactor.
    pub(crate) fn tell_nobody(&self) {
        self.set_notify(Notify::Nobody);
    }

    fn set_notify(&self, notify: Notify) {
        // What was there is dropped when the reactor is no longer borrowed: it is a waker, and
        // dropping that may run anything.
        let _before = REACTOR.with_borrow_mut(|reactor| reactor.set_notify(self.key, notify));
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let _source = REACTOR.with_borrow_mut(|reactor| {
            let notify = reactor.set_notify(self.key, Notify::Nobody);
            (notify, reactor.sources.remove(self.key))
        });
    }
}
