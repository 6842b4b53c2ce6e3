//! One pollable known to the reactor; dropping it makes the reactor forget it.

use std::future::poll_fn;
use std::task::Poll;

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
        let key = REACTOR.with_borrow_mut(|reactor| {
            reactor.sources.insert(Source { pollable, notify: Notify::Nobody })
        });
        Self { key }
    }

    /// For a pollable that many futures share: calls `owner` whenever it is ready.
    pub(crate) fn tell(&self, owner: fn()) {
        REACTOR.with_borrow_mut(|reactor| reactor.set_notify(self.key, Notify::Owner(owner)));
    }

    /// Keeps the pollable, but leaves it out of the turns of the reactor.
    pub(crate) fn tell_nobody(&self) {
        REACTOR.with_borrow_mut(|reactor| reactor.set_notify(self.key, Notify::Nobody));
    }

    /// Waits until the pollable is ready.
    ///
    /// Asks the host nothing on its own account: the next turn of the reactor does.
    pub(crate) async fn ready(&self) {
        let mut registered = false;
        let forget = Forget(self);
        poll_fn(|context| {
            REACTOR.with_borrow_mut(|reactor| {
                let fired = matches!(reactor.sources[self.key].notify, Notify::Nobody);
                if registered && fired {
                    return Poll::Ready(());
                }
                registered = true;
                reactor.set_notify(self.key, Notify::Waker(context.waker().clone()));
                Poll::Pending
            })
        })
        .await;
        drop(forget);
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // The pollable is dropped, a host call, only when the reactor is no longer borrowed.
        let _source = REACTOR.with_borrow_mut(|reactor| {
            reactor.set_notify(self.key, Notify::Nobody);
            reactor.sources.remove(self.key)
        });
    }
}

/// Ends the interest in a pollable when the future that waits for it is dropped.
struct Forget<'a>(&'a Registration);

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        REACTOR.with_borrow_mut(|reactor| reactor.set_notify(self.0.key, Notify::Nobody));
    }
}
