//! How much a run may use.

use std::time::Duration;

use super::setters::setters;
use crate::machine;

/// How deep jobs may be nested where nobody said how deep.
pub(super) const DEPTH: u32 = 64;

/// How much a run and its jobs may use.
///
/// What is too much for a job is the failure of that job, as a value for its parent. Jobs above
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
    /// How long main may take.
    pub timeout: Option<Duration>,
    /// How long a job may take from when it begins.
    pub job_timeout: Option<Duration>,
    /// The most memory that all instances have together, and what the host keeps for them, in bytes.
    pub memory: u64,
    /// The most memory that the instance of a job has, in bytes. Main may have all there is.
    pub job_memory: u64,
    /// How many jobs may be under way at a time, waiting ones too.
    pub jobs: usize,
    /// How many bytes the messages of all those may have together, and the items that they have sent
    /// and nobody has taken. Results count for the [memory](Self::memory) only.
    pub queued: usize,
    /// How many bytes one message, result or item may have, or what is shared at a time; at most 2 GiB.
    pub message: usize,
    /// How deep jobs may be nested, at most as deep as on this host.
    pub depth: u32,
    /// How often a job may call the host.
    pub job_calls: Option<u64>,
}

impl Default for Limits {
    /// * no limit of time, nor of calls
    /// * three quarters of the memory of this machine, or of the control groups or the `ulimit -v` of this process
    /// * 1 GiB of memory for a job
    /// * 100,000 jobs, with 1 GiB of messages, none above 256 MiB, nested at most 64 deep
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
});
