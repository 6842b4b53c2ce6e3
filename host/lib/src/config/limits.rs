//! Limits on what a run may use.

use std::time::Duration;

use super::setters::setters;
use crate::machine;

/// The maximum nesting depth of jobs by default.
pub(super) const DEPTH: u32 = 64;

/// Limits on what a run and its jobs may use.
///
/// A job that exceeds a limit fails, and its parent receives the failure as a value. Jobs in excess of
/// [`jobs`](Self::jobs) and [`queued`](Self::queued) are not lost: they begin later.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let limits = host::Limits::default().with_job_timeout(Duration::from_secs(1)).with_memory(1 << 30);
/// assert_eq!(limits.depth, 64);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest time that main may take.
    pub timeout: Option<Duration>,
    /// The longest time that a job may take, from when it begins.
    pub job_timeout: Option<Duration>,
    /// The most memory that all instances together may have, with what the host keeps for them, in bytes.
    pub memory: u64,
    /// The most memory that a job's instance may have, in bytes. Main is limited only by
    /// [`memory`](Self::memory).
    pub job_memory: u64,
    /// The most jobs that may exist at a time, including those that wait.
    pub jobs: usize,
    /// The most bytes that the messages of all those jobs may have together, with the items that they have
    /// sent and that have not been received. Results count towards [`memory`](Self::memory) only.
    pub queued: usize,
    /// The most bytes that one message, result or item may have, or that are shared at a time; at most 2 GiB.
    pub message: usize,
    /// The maximum nesting depth of jobs, at most that of the host.
    pub depth: u32,
    /// The number of times that a job may call the host.
    pub job_calls: Option<u64>,
    /// The most random bytes that an app gets in one call. A call for more traps.
    pub random: u64,
    /// The most bytes of the headers or trailers of one HTTP message, counted as wasmtime counts them.
    pub http_fields: usize,
    /// The most files, streams, sockets, pollables and other resources of the host that an instance may have at a
    /// time. They count towards [`memory`](Self::memory) too.
    pub resources: Option<usize>,
    /// The most bytes that an app may pass to the host in one call, as text or as a list, besides messages and
    /// results. The default depends on [`memory`](Self::memory), and is the most that may be set.
    pub hostcall: Option<usize>,
}

impl Default for Limits {
    /// * no limit on time or calls
    /// * three quarters of the memory of this machine, or of the control groups or the `ulimit -v` of this
    ///   process
    /// * 1 GiB of memory for a job
    /// * 100,000 jobs, with 1 GiB of messages, none above 256 MiB, nested at most 64 deep
    /// * 64 MiB of random bytes, and 128 KiB of HTTP headers
    fn default() -> Self {
        Self {
            timeout: None,
            job_timeout: None,
            memory: machine::memory() / 4 * 3,
            job_memory: 1 << 30,
            jobs: 100_000,
            queued: 1 << 30,
            message: 256 << 20,
            depth: DEPTH,
            job_calls: None,
            random: 64 << 20,
            http_fields: 128 << 10,
            resources: None,
            hostcall: None,
        }
    }
}

setters!(Limits {
    with_timeout: timeout: impl Into<Option<Duration>>,
    with_job_timeout: job_timeout: impl Into<Option<Duration>>,
    with_memory: memory: u64,
    with_job_memory: job_memory: u64,
    with_jobs: jobs: usize,
    with_queued: queued: usize,
    with_message: message: usize,
    with_depth: depth: u32,
    with_job_calls: job_calls: impl Into<Option<u64>>,
    with_random: random: u64,
    with_http_fields: http_fields: usize,
    with_resources: resources: impl Into<Option<usize>>,
    with_hostcall: hostcall: impl Into<Option<usize>>,
});
