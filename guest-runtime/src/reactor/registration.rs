//! One pollable known to the reactor; dropping it makes the reactor forget it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use slab::Slab;
use wasi::io::poll::Pollable;

use super::sources::{REACTOR, Source};

/// A pollable that the reactor holds for somebody.
///
/// Dropping it takes the pollable out of the reactor, so what loses a race is not waited for.
#[derive(Debug)]
pub(crate) struct Registration {
    key: usize,
}

/// One future's place among those that wait for a registration.
///
/// Whoever stops waiting before the end says so with [`Registration::forget`], or has a
/// [`Waiting`] say it.
#[derive(Debug, Default)]
pub(crate) struct Wait(Option<Place>);

#[derive(Debug)]
struct Place {
    key: usize,
    round: u64,
}

/// A wait of a future that may be dropped, for a registration that many futures share.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    registration: &'a Registration,
    wait: Wait,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(registration: &'a Registration) -> Self {
        Self { registration, wait: Wait::default() }
    }

    /// Whether this has been polled, and has not been ready since.
    pub(crate) fn has_begun(&self) -> bool {
        self.wait.0.is_some()
    }

    /// As [`Registration::poll`].
    pub(crate) fn poll(&mut self, context: &Context<'_>) -> Poll<()> {
        self.registration.poll(&mut self.wait, context)
    }
}

impl Future for Waiting<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Self::poll(&mut self, context)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.registration.forget(&mut self.wait);
    }
}

impl Registration {
    /// Registers a pollable that nobody waits for yet.
    pub(crate) fn new(pollable: Pollable) -> Self {
        let source = Source { pollable, owner: None, in_passing: false, waiters: Slab::new(), round: 0 };
        Self { key: REACTOR.with_borrow_mut(|reactor| reactor.sources.insert(source)) }
    }

    /// Ready when the pollable has been ready since the first poll of this wait.
    ///
    /// The host is not asked here: the next turn of the reactor asks for all at once.
    pub(crate) fn poll(&self, wait: &mut Wait, context: &Context<'_>) -> Poll<()> {
        // What was there is dropped when the reactor is no longer borrowed: it is a waker, and
        // dropping that may run anything.
        let (poll, _before) = REACTOR.with_borrow_mut(|reactor| {
            let source = &mut reactor.sources[self.key];
            match &wait.0 {
                Some(place) if place.round != source.round => {
                    wait.0 = None;
                    (Poll::Ready(()), None)
                }
                Some(place) => {
                    let waker = &mut source.waiters[place.key];
                    let is_new = !waker.will_wake(context.waker());
                    let before = is_new.then(|| std::mem::replace(waker, context.waker().clone()));
                    (Poll::Pending, before)
                }
                None => {
                    let key = source.waiters.insert(context.waker().clone());
                    wait.0 = Some(Place { key, round: source.round });
                    reactor.waiting.insert(self.key);
                    (Poll::Pending, None)
                }
            }
        });
        poll
    }

    /// Gives up a wait, so that the reactor does not wait for nobody.
    pub(crate) fn forget(&self, wait: &mut Wait) {
        let Some(place) = wait.0.take() else { return };
        // As above.
        let _before = REACTOR.with_borrow_mut(|reactor| {
            let source = &mut reactor.sources[self.key];
            // Who was told in the meantime has no place any more.
            if place.round != source.round {
                return None;
            }
            let before = source.waiters.remove(place.key);
            reactor.update(self.key);
            Some(before)
        });
    }

    /// For a pollable that many futures share: calls `owner` whenever it is ready.
    pub(crate) fn tell_owner(&self, owner: fn()) {
        self.set_owner(Some(owner), false);
    }

    /// Calls `owner` if it is ready, but does not wait for it when there is nothing else to wait for.
    pub(crate) fn tell_owner_in_passing(&self, owner: fn()) {
        self.set_owner(Some(owner), true);
    }

    /// Keeps the pollable, but leaves it out of the turns of the reactor.
    pub(crate) fn tell_nobody(&self) {
        self.set_owner(None, false);
    }

    fn set_owner(&self, owner: Option<fn()>, in_passing: bool) {
        REACTOR.with_borrow_mut(|reactor| {
            let source = &mut reactor.sources[self.key];
            source.owner = owner;
            source.in_passing = in_passing;
            reactor.update(self.key);
        });
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // As above.
        let _source = REACTOR.with_borrow_mut(|reactor| {
            reactor.waiting.remove(&self.key);
            reactor.sources.remove(self.key)
        });
    }
}
