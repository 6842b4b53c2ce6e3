//! The names of limits, for the texts of failures.
//!
//! An app cannot know what a limit is called where it runs: a flag of a command, or a field of a library. The
//! host says it, as the program that runs the app has named it.

use crate::bindings::parallel::futures::jobs;
pub(super) use crate::bindings::parallel::futures::jobs::Limit;

/// Returns the name of what sets this limit, if anything does: without a host, nothing.
pub(super) fn setting(limit: Limit) -> Option<String> {
    // Natively there is no host to call.
    let setting = if cfg!(target_family = "wasm") { jobs::setting(limit) } else { String::new() };
    Some(setting).filter(|setting| !setting.is_empty())
}
