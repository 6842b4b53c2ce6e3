//! Bytes that any instance of this run may read, by number. The host keeps them once; where this instance
//! is alone, it does that itself.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::info::{check_message, has_no_host};
use crate::Failure;
use crate::bindings::parallel::futures::jobs as host;

/// What this instance keeps, and the last number.
#[derive(Default)]
struct Kept {
    bytes: BTreeMap<u64, Vec<u8>>,
    last: u64,
}

thread_local! {
    static KEPT: RefCell<Kept> = RefCell::default();
}

/// Shares bytes until [`unshare`], or until this job has ended.
///
/// # Errors
///
/// They are longer than a message may be, or the run may not have so much memory.
pub(crate) fn share(bytes: &[u8]) -> Result<u64, Failure> {
    if !has_no_host() {
        check_message(bytes.len())?;
        return Ok(host::share(bytes)?);
    }
    Ok(KEPT.with_borrow_mut(|kept| {
        kept.last += 1;
        kept.bytes.insert(kept.last, bytes.to_vec());
        kept.last
    }))
}

/// Gives up what this instance has shared.
pub(crate) fn unshare(id: u64) {
    if has_no_host() {
        KEPT.with_borrow_mut(|kept| kept.bytes.remove(&id));
    } else {
        host::unshare(id);
    }
}

/// What was shared, wherever that was; `None` if it is not any more.
pub(crate) fn shared(id: u64) -> Option<Vec<u8>> {
    if has_no_host() { KEPT.with_borrow(|kept| kept.bytes.get(&id).cloned()) } else { host::shared(id) }
}

/// Whether it still is.
pub(crate) fn is_shared(id: u64) -> bool {
    if has_no_host() { KEPT.with_borrow(|kept| kept.bytes.contains_key(&id)) } else { host::is_shared(id) }
}
