//! Options of a job, and the end of one.

use std::time::Duration;

use super::future::ParallelFuture;
use super::state::{Running, State};
use crate::reactor::{Registration, Waiting};

/// What has a limit of jobs. A job has none.
#[expect(unnameable_types, reason = "for an error of the compiler")]
#[diagnostic::on_unimplemented(
    message = "a single job has no limit of jobs",
    label = "is one job",
    note = "a parallel iterator has one, with a job for each item or for several: `items.par_map(f).limit(20)`",
    note = "so has a concurrent stream of jobs: `futures.co().limit(NonZero::new(20))`"
)]
pub trait SeveralJobs {}

/// Options of a job. They are set before the future is first polled, and ignored afterwards.
impl<T, M> ParallelFuture<'_, T, M> {
    /// Limits how long the job may run, counted from when it begins to run.
    ///
    /// A job that takes longer is cancelled and fails with
    /// [`Failure::TimedOut`](crate::Failure::TimedOut). To limit the time until there is a value, which
    /// includes the time in the queue, use [`time::timeout`](crate::time::timeout). [Without a
    /// host](crate#without-a-host) a job that computes is not cancelled; it fails when it has ended late.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Failure;
    /// use guest_runtime::prelude::*;
    /// use std::time::Duration;
    ///
    /// guest_runtime::block_on(async {
    ///     let limit = Duration::from_millis(10);
    ///     let sleeps = (async || guest_runtime::time::sleep(Duration::from_secs(3600)).await).par();
    ///     assert_eq!(sleeps.timeout(limit).catch().await, Err(Failure::TimedOut(limit)));
    ///     let computes = (async || -> u8 { loop { std::hint::spin_loop() } }).par();
    ///     assert_eq!(computes.timeout(limit).catch().await, Err(Failure::TimedOut(limit)));
    /// });
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.spec.options().timeout = Some(limit);
        self
    }

    /// Limits the memory of the job's instance to this many bytes, or to the limit of the run, if that is
    /// lower.
    ///
    /// A job that needs more fails with [`Failure::OutOfMemory`](crate::Failure::OutOfMemory). What
    /// the app has in its memory from the start counts too. [Without a host](crate#without-a-host) this has
    /// no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Failure;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let large = (async || vec![1_u8; 32 << 20].len()).par().memory(16 << 20);
    ///     let Err(Failure::OutOfMemory(excess)) = large.catch().await else { panic!() };
    ///     assert_eq!(excess.limit, 16 << 20);
    /// });
    /// ```
    pub fn memory(mut self, bytes: u64) -> Self {
        self.spec.options().memory = Some(bytes);
        self
    }

    /// Runs the job in an instance that has run no other job, and will run no other.
    ///
    /// Statics have their initial values there, and no secret stays in its memory. Making an instance costs
    /// many times as much as an empty job. [Without a host](crate#without-a-host) there is only one instance,
    /// and this has no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// static CALLS: AtomicU32 = AtomicU32::new(0);
    ///
    /// guest_runtime::block_on(async {
    ///     for _ in 0..3 {
    ///         let calls = (async || CALLS.fetch_add(1, Ordering::Relaxed)).par().fresh().await;
    ///         assert_eq!(calls, 0);
    ///     }
    /// });
    /// ```
    pub fn fresh(mut self) -> Self {
        self.spec.options().fresh = true;
        self
    }

    /// Names the job, instead of after its function, in the text of a failure and in what is observed of
    /// the run, for example with `host run --trace`.
    ///
    /// Observers may truncate a long name. If nothing observes the run, a name costs only what it takes to
    /// make it.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let pages = (1..=3).map(|page| (async |n: u32| 10 * n).par_with(page).named(format!("page {page}")));
    ///     assert_eq!(pages.collect::<Vec<_>>().join().await, [10, 20, 30]);
    /// });
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.spec.options().name = Some(name.into());
        self
    }

    /// Does not compile. Its error names what has a limit of jobs.
    #[doc(hidden)]
    pub fn limit(self, jobs: usize) -> Self
    where
        Self: SeveralJobs,
    {
        let _ = jobs;
        self
    }

    /// Cancels the job, and waits until it and all jobs that it started are gone.
    ///
    /// Dropping the future cancels the job too, but does not wait. Dropping the future that this returns
    /// stops waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::time::Duration;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut job = (async || guest_runtime::time::sleep(Duration::from_secs(3600)).await).par();
    ///     job.start();
    ///     job.stop().await;
    /// });
    /// ```
    pub async fn stop(self) {
        // A local job is gone when it is dropped.
        if let State::Running(Running::Remote(job), _) = self.state {
            let gone = Registration::new(job.pollable());
            drop(job);
            Waiting::new(&gone).await;
        }
    }
}
