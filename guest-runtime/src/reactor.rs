//! Pollables to wakers: the only place in the guest that blocks.
//!
//! The reactor knows the pollables that somebody waits for right now, and nothing else. A turn
//! hands them to `wasi:io/poll` in one call and tells those that are ready; its cost is
//! proportional to their number, so timers share one pollable ([`crate::time`]) and so do jobs
//! ([`crate::par`]).

mod registration;

use std::cell::RefCell;
use std::task::Waker;

use slab::Slab;
use wasi::io::poll::Pollable;

pub(crate) use registration::Registration;

/// Who is told when a pollable is ready.
pub(crate) enum Notify {
    /// Nobody for now: the pollable is left out of the next turn.
    Nobody,
    /// The future that waits for just this pollable.
    Waker(Waker),
    /// The owner of a pollable that many futures share. It stays registered.
    Owner(fn()),
}

struct Source {
    pollable: Pollable,
    notify: Notify,
}

/// The pollables of this instance. All methods work on the one reactor there is.
#[derive(Default)]
pub(crate) struct Reactor {
    sources: Slab<Source>,
    /// How many sources somebody waits for.
    waiting: usize,
}

thread_local! {
    static REACTOR: RefCell<Reactor> = RefCell::default();
}

impl Reactor {
    /// Blocks until something is ready and tells who waits for it.
    ///
    /// Returns false, at once, if nobody waits for anything.
    pub(crate) fn park() -> bool {
        Self::turn(None)
    }

    /// Tells who waits for what is ready already, without blocking.
    pub(crate) fn look() {
        if REACTOR.with_borrow(|reactor| reactor.waiting > 0) {
            let now = wasi::clocks::monotonic_clock::subscribe_duration(0);
            Self::turn(Some(&now));
        }
    }

    fn turn(now: Option<&Pollable>) -> bool {
        let ready = REACTOR.with_borrow_mut(|reactor| reactor.poll(now));
        let Some(ready) = ready else { return false };
        // Nothing is borrowed here: a waker may run anything, also what uses the reactor.
        for notify in ready {
            match notify {
                Notify::Waker(waker) => waker.wake(),
                Notify::Owner(owner) => owner(),
                Notify::Nobody => {}
            }
        }
        true
    }

    /// One call of `wasi:io/poll`; returns who is to be told, in the order of registration.
    fn poll(&mut self, now: Option<&Pollable>) -> Option<Vec<Notify>> {
        let mut keys = Vec::with_capacity(self.waiting);
        let mut pollables = Vec::with_capacity(self.waiting + 1);
        for (key, source) in &self.sources {
            if !matches!(source.notify, Notify::Nobody) {
                keys.push(key);
                pollables.push(&source.pollable);
            }
        }
        if keys.is_empty() {
            return None;
        }
        pollables.extend(now);
        let ready = wasi::io::poll::poll(&pollables);
        // The index past the last key is `now`, for whom nobody waits.
        let ready = ready.into_iter().filter_map(|index| keys.get(index as usize).copied());
        Some(ready.map(|key| self.take_notify(key)).collect())
    }

    /// Who is to be told of a source that is ready. An owner is told every time.
    fn take_notify(&mut self, key: usize) -> Notify {
        match self.sources[key].notify {
            Notify::Owner(owner) => Notify::Owner(owner),
            _ => self.set_notify(key, Notify::Nobody),
        }
    }

    fn set_notify(&mut self, key: usize, notify: Notify) -> Notify {
        let waits = |notify: &Notify| usize::from(!matches!(notify, Notify::Nobody));
        let before = std::mem::replace(&mut self.sources[key].notify, notify);
        self.waiting = self.waiting + waits(&self.sources[key].notify) - waits(&before);
        before
    }
}
