//! Bytes that any instance of this run may read, by number. The host keeps them once.

use super::{LONG, host};
use crate::Failure;

/// Shares bytes until [`unshare`], or until this job has ended.
///
/// # Errors
///
/// They are longer than a message may be, or the run may not have so much memory.
pub(crate) fn share(bytes: &[u8]) -> Result<u64, Failure> {
    if bytes.len() > LONG {
        host::check_message(bytes.len() as u64)?;
    }
    Ok(host::share(bytes)?)
}

/// Gives up what this instance has shared.
pub(crate) fn unshare(id: u64) {
    host::unshare(id);
}

/// What was shared, wherever that was; `None` if it is not any more.
pub(crate) fn shared(id: u64) -> Option<Vec<u8>> {
    host::shared(id)
}

/// Whether it still is.
pub(crate) fn is_shared(id: u64) -> bool {
    host::is_shared(id)
}
