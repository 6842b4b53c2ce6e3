//! Settings of a chain: the value that it lends to its closures, and the options of its jobs.

use std::time::Duration;

use super::par::Par;
use super::source::{Lend, Lending, Source};

impl<S> Par<S> {
    /// Lends something to all later closures that take an item: their argument becomes a pair of that and the
    /// item.
    ///
    /// A closure captures nothing, so this is how it gets a threshold, a dictionary, or a matrix. What is lent
    /// is encoded and sent with every job; [`Shared`](crate::Shared) avoids that for a large value. Lending
    /// again replaces it.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let factor = 10_u32;
    ///     let scaled = (1..4_u32).into_par_iter().lending(factor).map(|(factor, n)| factor * n);
    ///     assert_eq!(scaled.filter(|(factor, n)| n % factor == 0).count().await, 3);
    /// });
    /// ```
    pub fn lending<L: Lend<How>, How>(self, lent: L) -> Par<Lending<S, L, How>>
    where
        S: Source,
    {
        self.with_source(|source| Lending::new(source, lent))
    }

    /// Sets the number of items per job; see [`ForAll::grain`](super::ForAll::grain).
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..5).into_par_iter().grain(2).count().await, 5);
    /// });
    /// ```
    #[track_caller]
    pub fn grain(mut self, items: usize) -> Self {
        self.plan.set_grain(items);
        self
    }

    /// Sets the least number of items per job, which is measured; [`grain`](Self::grain) sets it.
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..5).into_par_iter().with_min_len(2).count().await, 5);
    /// });
    /// ```
    #[track_caller]
    pub fn with_min_len(mut self, items: usize) -> Self {
        assert!(items > 0, "a job has to have at least one item");
        self.plan.least = Some(items);
        self
    }

    /// Sets the greatest number of items per job, which is measured; [`grain`](Self::grain) sets it.
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..5).into_par_iter().with_max_len(2).count().await, 5);
    /// });
    /// ```
    #[track_caller]
    pub fn with_max_len(mut self, items: usize) -> Self {
        assert!(items > 0, "a job has to have at least one item");
        self.plan.most = Some(items);
        self
    }

    /// Limits the number of jobs in flight; see [`ForAll::limit`](super::ForAll::limit).
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..5).into_par_iter().limit(1).count().await, 5);
    /// });
    /// ```
    #[track_caller]
    pub fn limit(mut self, jobs: usize) -> Self {
        self.plan.set_limit(jobs);
        self
    }

    /// Limits how long each job may run, as [`ParallelFuture::timeout`](crate::ParallelFuture::timeout) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::time::Duration;
    ///
    /// guest_runtime::block_on(async {
    ///     let count = (0..5_u32).into_par_iter().timeout(Duration::from_secs(60)).count();
    ///     assert_eq!(count.await, 5);
    /// });
    /// ```
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.plan.timeout = Some(limit);
        self
    }

    /// Limits the memory of each job, as [`ParallelFuture::memory`](crate::ParallelFuture::memory) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..5_u32).into_par_iter().memory(64 << 20).sum::<u32>().await, 10);
    /// });
    /// ```
    pub fn memory(mut self, bytes: u64) -> Self {
        self.plan.memory = Some(bytes);
        self
    }

    /// Names the jobs, as [`ParallelFuture::named`](crate::ParallelFuture::named) does.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let failed = (0..5_u32).into_par_iter().named("halves").map(|n| 6 / n).sum::<u32>().catch().await;
    ///     assert!(failed.is_err());
    /// });
    /// ```
    pub fn named(mut self, name: &'static str) -> Self {
        self.plan.name = Some(name);
        self
    }
}
