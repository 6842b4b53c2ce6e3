//! A bug planted in the host for a test: the host panics while it serves a call of a guest.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many calls remain until the panic; 0 for never.
pub(crate) static CALLS: AtomicU32 = AtomicU32::new(0);

/// Counts a call that may panic. Each call of `start` begins with it.
pub(crate) fn reached() {
    let count = |calls: u32| calls.checked_sub(1);
    if CALLS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count) == Ok(1) {
        panic!("planted");
    }
}
