//! What may be said of a job before it starts, and how it is stopped with an end to wait for.

use std::time::Duration;

use super::future::{Catch, ParallelFuture, Running, State};
use crate::host::Options;
use crate::reactor::{Registration, Waiting};

impl<T> ParallelFuture<'_, T> {
    /// Gives the job at most this long, counted from when it begins to run.
    ///
    /// A job that takes longer is stopped, as one that is dropped, and fails with
    /// [`Failure::TimedOut`](crate::Failure::TimedOut). To limit the time until there is a value,
    /// with that in the queue, use [`time::timeout`](crate::time::timeout). [Without a
    /// host](crate#without-a-host) a job that computes is not stopped; it fails when it has ended late.
    ///
    /// Like the other options, this has to be said before the future is polled; later it is ignored.
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
    pub fn timeout(self, limit: Duration) -> Self {
        Self(self.0.timeout(limit))
    }

    /// Gives the job's instance at most so many bytes of memory, or what the run gives every job, if
    /// that is less.
    ///
    /// A job that needs more fails with [`Failure::OutOfMemory`](crate::Failure::OutOfMemory). What
    /// the app has in its memory from the start counts too. [Without a host](crate#without-a-host) this is
    /// of no effect.
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
    pub fn memory(self, bytes: u64) -> Self {
        Self(self.0.memory(bytes))
    }

    /// Runs the job in an instance that has run no other, and will not.
    ///
    /// Statics have their first values there, and nothing is left of a secret when it ends. To make
    /// one costs many times an empty job. [Without a host](crate#without-a-host) there is one instance, and
    /// this is of no effect.
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
    pub fn fresh(self) -> Self {
        Self(self.0.fresh())
    }

    /// Calls the job so, instead of after its function: in the text of a failure, and for those who look at
    /// the run, with `host run --trace` for one.
    ///
    /// They may see no more than the beginning of a long name. If nobody looks, it costs what it takes to
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
    pub fn named(self, name: impl Into<String>) -> Self {
        Self(self.0.named(name))
    }

    /// Stops the job, and is ready when it and all that it started are gone.
    ///
    /// Dropping the future stops the job too, but does not wait for the end; so does dropping what
    /// this returns.
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
        self.0.stop().await;
    }
}

impl<T> Catch<'_, T> {
    /// As [`ParallelFuture::timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::time::Duration;
    ///
    /// let quick = (async || 1).par().catch().timeout(Duration::from_secs(60));
    /// assert_eq!(guest_runtime::block_on(quick), Ok(1));
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.options().timeout = Some(limit);
        self
    }

    /// As [`ParallelFuture::memory`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// assert_eq!(guest_runtime::block_on((async || 1).par().catch().memory(64 << 20)), Ok(1));
    /// ```
    pub fn memory(mut self, bytes: u64) -> Self {
        self.options().memory = Some(bytes);
        self
    }

    /// As [`ParallelFuture::fresh`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// assert_eq!(guest_runtime::block_on((async || 1).par().catch().fresh()), Ok(1));
    /// ```
    pub fn fresh(mut self) -> Self {
        self.options().fresh = true;
        self
    }

    /// As [`ParallelFuture::named`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// assert_eq!(guest_runtime::block_on((async || 1).par().catch().named("one")), Ok(1));
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.options().name = Some(name.into());
        self
    }

    /// As [`ParallelFuture::stop`].
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on((async || 1).par().catch().stop());
    /// ```
    pub async fn stop(self) {
        // One that runs here is gone when it is dropped.
        if let State::Started(Running::Remote(job), _) = self.state {
            let gone = Registration::new(job.pollable());
            drop(job);
            Waiting::new(&gone).await;
        }
    }

    fn options(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }
}
