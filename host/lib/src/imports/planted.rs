//! A bug of the host, planted for a test: the host panics in the middle of a call of a guest.

use std::sync::atomic::{AtomicU32, Ordering};

/// How many calls there are until then; 0 for never.
pub(crate) static CALLS: AtomicU32 = AtomicU32::new(0);

/// Called in each call of the kind.
pub(crate) fn reached() {
    let count = |calls: u32| calls.checked_sub(1);
    if CALLS.fetch_update(Ordering::SeqCst, Ordering::SeqCst, count) == Ok(1) {
        panic!("planted");
    }
}
