//! The names of limits, for the texts of failures.
//!
//! The name of a limit depends on the program that runs the app: it is a flag of a command, or a field of a
//! library. So the runtime asks the host for it.

use crate::bindings::parallel::futures::jobs;
pub(super) use crate::bindings::parallel::futures::jobs::Limit;

/// Returns the name of this limit; `None` without a host, where nothing sets it.
pub(super) fn setting(limit: Limit) -> Option<String> {
    // Natively there is no host to call.
    let setting = if cfg!(target_family = "wasm") { jobs::setting(limit) } else { String::new() };
    Some(setting).filter(|setting| !setting.is_empty())
}
