//! How a computing guest yields its core, and how the core distinguishes yielding from waiting.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

/// Whether the guest that is polled has yielded, and whether it may continue.
#[derive(Default)]
pub(crate) struct Yielding {
    /// Set by a guest that yields. The core needs it because a poll is pending in both cases: yielding and
    /// waiting.
    has_yielded: AtomicBool,
    /// Whether the guest that is polled may continue to compute after it has yielded.
    has_turn: AtomicBool,
    /// When the job of the guest that has yielded began, in nanoseconds of the core's clock.
    began: AtomicU64,
    /// The memory of the guest that has yielded, in bytes.
    bytes: AtomicU64,
    /// Whether the guest that waits has jobs to wait for.
    awaits_jobs: AtomicBool,
}

impl Yielding {
    /// Sets, before a guest is polled, whether the guest may continue if it has yielded.
    pub(crate) fn set_turn(&self, has_turn: bool) {
        self.has_turn.store(has_turn, Ordering::Relaxed);
    }

    /// Yields until the guest is polled with the turn to compute. No waker is needed: the core polls it again.
    ///
    /// The core learns when the job of the guest began, and how much memory the guest has.
    pub(super) async fn yield_now(&self, began: u64, bytes: u64) {
        let mut is_first = true;
        poll_fn(|_| {
            if !std::mem::take(&mut is_first) && self.has_turn.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            self.began.store(began, Ordering::Relaxed);
            self.bytes.store(bytes, Ordering::Relaxed);
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

    /// Returns when the job of the guest that has yielded began, and how much memory the guest has.
    pub(crate) fn last(&self) -> (u64, u64) {
        (self.began.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    /// Sets whether the guest, which waits, has jobs to wait for.
    pub(crate) fn set_awaits_jobs(&self, awaits_jobs: bool) {
        self.awaits_jobs.store(awaits_jobs, Ordering::Relaxed);
    }

    /// Returns whether the guest that was just polled, and waits, has jobs to wait for.
    pub(crate) fn awaits_jobs(&self) -> bool {
        self.awaits_jobs.load(Ordering::Relaxed)
    }
}
