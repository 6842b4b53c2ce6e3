//! What this instance knows of its run and its host.

use crate::Failure;
use crate::bindings::parallel::futures::jobs as host;

thread_local! {
    /// Natively there is no host at all.
    static HAS_NO_HOST: bool = !cfg!(target_family = "wasm") || host::cores() == 0;
    /// An instance is of one run, so the answer is good for as long as it lives.
    static IS_OBSERVED: bool = !has_no_host() && host::is_observed();
}

/// How many cores this run has; at least 1, also where there is no parallelism.
///
/// This is what `std::thread::available_parallelism` cannot tell a component.
///
/// # Examples
///
/// ```
/// assert!(guest_runtime::cores() >= 1);
/// ```
pub fn cores() -> usize {
    if has_no_host() { 1 } else { host::cores() as usize }
}

/// Whether jobs run in other instances, as they do on every number of cores, 1 included.
///
/// If not, the app was made to run on any WASI 0.2 runtime, and each job [runs
/// here](crate#without-a-host).
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     // A panic is a value only where it ends nothing but the job.
///     if guest_runtime::has_parallelism() {
///         assert!((async || -> u32 { panic!("no luck") }).par().catch().await.is_err());
///     }
/// });
/// ```
pub fn has_parallelism() -> bool {
    !has_no_host()
}

/// Whether nobody runs jobs for this instance, so that it has to do that itself.
pub(crate) fn has_no_host() -> bool {
    HAS_NO_HOST.with(|has_no_host| *has_no_host)
}

/// Whether anybody looks at the run, so that a name is of use.
pub(crate) fn is_observed() -> bool {
    IS_OBSERVED.with(|is_observed| *is_observed)
}

/// Above this many bytes the host is asked whether a message may be so long. To copy one takes longer.
const LONG: usize = 1 << 20;

/// Whether a message or a result of so many bytes may cross.
pub(crate) fn check_message(bytes: usize) -> Result<(), Failure> {
    if bytes > LONG && !has_no_host() {
        host::check_message(bytes as u64)?;
    }
    Ok(())
}
