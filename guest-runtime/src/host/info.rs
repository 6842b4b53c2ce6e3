//! Facts about the run and its host.

use crate::bindings::parallel::futures::jobs as imports;
use crate::{Failure, Panic};

thread_local! {
    /// Natively there never is a host.
    static HAS_NO_HOST: bool = !cfg!(target_family = "wasm") || imports::cores() == 0;
    /// An instance belongs to one run, so the answer never changes.
    static IS_OBSERVED: bool = !has_no_host() && imports::is_observed();
}

/// Returns the number of cores of this run, which is 1 [without a host](crate#without-a-host).
///
/// `std::thread::available_parallelism` does not know it in a component.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// // One chunk for each core.
/// let numbers: Vec<u64> = (1..=1_000).collect();
/// let size = numbers.len().div_ceil(guest_runtime::cores());
/// let sum = numbers.par_chunks(size).par_reduce(async |chunk| chunk.iter().sum::<u64>(), async |a, b| a + b);
/// assert_eq!(guest_runtime::block_on(sum), Some(500_500));
/// ```
pub fn cores() -> usize {
    if has_no_host() { 1 } else { imports::cores() as usize }
}

/// Returns whether jobs run in other instances, which they do with any number of cores, including 1.
///
/// If not, the app is a portable component, and each job runs in the instance that started it, [without a
/// host](crate#without-a-host).
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     // Without a host, the panic of a job would end the app.
///     if guest_runtime::has_parallelism() {
///         assert!((async || -> u32 { panic!("no luck") }).par().catch().await.is_err());
///     }
/// });
/// ```
pub fn has_parallelism() -> bool {
    !has_no_host()
}

/// Returns whether no host runs jobs, so that this instance has to run them itself.
pub(crate) fn has_no_host() -> bool {
    HAS_NO_HOST.with(|has_no_host| *has_no_host)
}

/// Returns whether the run is observed, so that names of jobs are of use.
pub(crate) fn is_observed() -> bool {
    IS_OBSERVED.with(|is_observed| *is_observed)
}

/// The host checks the length only of messages above this one, for which the copy takes longer than the call.
const LONG: usize = 1 << 20;

/// Checks whether a message or a reply of this length may be sent.
pub(crate) fn check_message(bytes: usize) -> Result<(), Failure> {
    if bytes > LONG && !has_no_host() {
        imports::check_message(bytes as u64)?;
    }
    Ok(())
}

/// Reports the panic of this instance, just before the trap that follows it and carries no message.
pub(crate) fn report_panic(panic: Panic) {
    imports::panicking(&panic.into());
}
