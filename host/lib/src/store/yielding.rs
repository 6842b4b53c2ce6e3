//! How a computing guest yields its core, and how the core distinguishes yielding from waiting.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

/// Whether the guest that is polled has yielded, and whether it may continue.
#[derive(Default)]
pub(crate) struct Yielding {
    /// Set by a guest that yields. The core needs it because a poll is pending in both cases: yielding and
    /// waiting.
    has_yielded: AtomicBool,
    /// Whether the guest that is polled may continue to compute after it has yielded.
    has_turn: AtomicBool,
}

impl Yielding {
    /// Sets, before a guest is polled, whether the guest may continue if it has yielded.
    pub(crate) fn set_turn(&self, has_turn: bool) {
        self.has_turn.store(has_turn, Ordering::Relaxed);
    }

    /// Yields until the guest is polled with the turn to compute. No waker is needed: the core polls it again.
    pub(super) async fn yield_now(&self) {
        let mut is_first = true;
        poll_fn(|_| {
            if !std::mem::take(&mut is_first) && self.has_turn.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            self.has_yielded.store(true, Ordering::Relaxed);
            Poll::Pending
        })
        .await;
    }

    /// Returns whether the guest that is polled now has yielded.
    pub(crate) fn has_yielded(&self) -> bool {
        self.has_yielded.load(Ordering::Relaxed)
    }

    /// Returns whether the guest that was just polled has yielded, and clears the mark.
    pub(crate) fn take(&self) -> bool {
        self.has_yielded.load(Ordering::Relaxed) && self.has_yielded.swap(false, Ordering::Relaxed)
    }
}
