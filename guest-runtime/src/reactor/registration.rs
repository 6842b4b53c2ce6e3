//! One registered pollable. Dropping the registration unregisters it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use slab::Slab;
use wasi::io::poll::Pollable;

use super::sources::{Interest, REACTOR, Source};

/// A pollable that the reactor holds.
///
/// Dropping it removes the pollable, so that the reactor does not wait for a future that lost a race.
#[derive(Debug)]
pub(crate) struct Registration {
    key: usize,
}

/// One future's wait for a registration.
///
/// A future that may stop waiting early calls [`Registration::forget`], or uses a [`Waiting`], whose
/// destructor does.
#[derive(Debug, Default)]
pub(crate) struct Wait(Option<WaiterId>);

/// Names a waiter of a source: its key, good for the round in which it was inserted.
#[derive(Debug)]
struct WaiterId {
    key: usize,
    round: u64,
}

/// A future that waits for a registration, which several may do at a time.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    registration: &'a Registration,
    wait: Wait,
}

impl<'a> Waiting<'a> {
    pub(crate) fn new(registration: &'a Registration) -> Self {
        Self { registration, wait: Wait::default() }
    }

    /// Returns whether this has been polled and not become ready since.
    pub(crate) fn has_begun(&self) -> bool {
        self.wait.0.is_some()
    }

    /// Returns `Ready` when the pollable has been ready since the first poll; see [`Registration::poll`].
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
    /// Registers a pollable, which has no waiter yet.
    pub(crate) fn new(pollable: Pollable) -> Self {
        let source = Source { pollable, interest: Interest::None, waiters: Slab::new(), round: 0 };
        Self { key: REACTOR.with_borrow_mut(|reactor| reactor.sources.insert(source)) }
    }

    /// Returns `Ready` when the pollable has been ready since the first poll of this wait.
    ///
    /// This makes no host call: the next turn of the reactor polls all pollables at once.
    pub(crate) fn poll(&self, wait: &mut Wait, context: &Context<'_>) -> Poll<()> {
        // The old waker is dropped after the borrow has ended: dropping it may run any code.
        let (poll, _before) = REACTOR.with_borrow_mut(|reactor| {
            let source = &mut reactor.sources[self.key];
            match &wait.0 {
                Some(id) if id.round != source.round => {
                    wait.0 = None;
                    (Poll::Ready(()), None)
                }
                Some(id) => {
                    let waker = &mut source.waiters[id.key];
                    let is_new = !waker.will_wake(context.waker());
                    let before = is_new.then(|| std::mem::replace(waker, context.waker().clone()));
                    (Poll::Pending, before)
                }
                None => {
                    let key = source.waiters.insert(context.waker().clone());
                    wait.0 = Some(WaiterId { key, round: source.round });
                    reactor.polled.insert(self.key);
                    (Poll::Pending, None)
                }
            }
        });
        poll
    }

    /// Gives up a wait, so that the reactor does not block without a waiter.
    pub(crate) fn forget(&self, wait: &mut Wait) {
        let Some(id) = wait.0.take() else { return };
        // As above.
        let _before = REACTOR.with_borrow_mut(|reactor| {
            let source = &mut reactor.sources[self.key];
            // A waiter that was woken in the meantime has been removed.
            if id.round != source.round {
                return None;
            }
            let before = source.waiters.remove(id.key);
            reactor.update(self.key);
            Some(before)
        });
    }

    /// Sets what the owner of the pollable wants from it.
    pub(crate) fn set_interest(&self, interest: Interest) {
        REACTOR.with_borrow_mut(|reactor| {
            reactor.sources[self.key].interest = interest;
            reactor.update(self.key);
        });
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // As above.
        let _source = REACTOR.with_borrow_mut(|reactor| {
            reactor.polled.remove(&self.key);
            reactor.sources.remove(self.key)
        });
    }
}
