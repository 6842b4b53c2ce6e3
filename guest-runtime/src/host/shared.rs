//! Encoded shared values, which any instance of the run may read by their number. The host keeps them; without
//! a host, this instance does.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::info::{check_message, has_no_host};
use crate::Failure;
use crate::bindings::parallel::futures::jobs as imports;

/// The values that this instance keeps, and the last number.
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
/// Fails if the bytes are longer than a message may be, or exceed the memory limit of the run.
pub(crate) fn share(bytes: &[u8]) -> Result<u64, Failure> {
    if !has_no_host() {
        check_message(bytes.len())?;
        return Ok(imports::share(bytes)?);
    }
    Ok(KEPT.with_borrow_mut(|kept| {
        kept.last += 1;
        kept.bytes.insert(kept.last, bytes.to_vec());
        kept.last
    }))
}

/// Ends the sharing of a value of this instance.
pub(crate) fn unshare(id: u64) {
    if has_no_host() {
        KEPT.with_borrow_mut(|kept| kept.bytes.remove(&id));
    } else {
        imports::unshare(id);
    }
}

/// Returns a shared value; `None` if it is not shared any more.
pub(crate) fn shared(id: u64) -> Option<Vec<u8>> {
    if has_no_host() { KEPT.with_borrow(|kept| kept.bytes.get(&id).cloned()) } else { imports::shared(id) }
}

/// Returns whether a value is still shared.
pub(crate) fn is_shared(id: u64) -> bool {
    if has_no_host() { KEPT.with_borrow(|kept| kept.bytes.contains_key(&id)) } else { imports::is_shared(id) }
}
