//! The future of `par_map`, which may become a stream.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::batch::Batch;
use super::pieces::Pieces;
use super::plan::Plan;
use super::results::Results;
use super::stream::MapStream;
use crate::Failure;

/// The future of [`par_map`](super::ParallelIterator::par_map): a `Vec` of the results in the order of the
/// items.
///
/// [`stream`](Self::stream) returns the results one after the other instead, in order, and
/// [`unordered`](Self::unordered) as they complete. In all other respects it is like
/// [`ForAll`](super::ForAll).
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["a", "bc", "def"].map(String::from);
///     assert_eq!(words.par_map(async |word| word.len()).await, [1, 2, 3]);
/// });
/// ```
///
/// # Panics
///
/// If a job fails, and if it is polled again after it was ready.
///
/// # Cancellation
///
/// Dropping it cancels all jobs.
#[must_use = "nothing is done until this is awaited, or made a stream"]
pub struct ParMap<'a, R> {
    results: Results<'a, R>,
}

impl<'a, R> ParMap<'a, R> {
    pub(super) fn new(
        plan: Plan,
        called_at: &'static Location<'static>,
        begin: impl FnOnce(Plan) -> Pieces<'a, Batch<R>> + 'a,
    ) -> Self {
        Self { results: Results::new(plan, called_at, begin) }
    }

    /// Sets the number of items per job; see [`ForAll::grain`](super::ForAll::grain).
    ///
    /// # Panics
    ///
    /// If it is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// let doubled = (0..5).par_map(async |n| 2 * n).grain(2);
    /// assert_eq!(guest_runtime::block_on(doubled), [0, 2, 4, 6, 8]);
    /// ```
    #[track_caller]
    pub fn grain(mut self, items: usize) -> Self {
        self.results.plan.set_grain(items);
        self
    }

    /// Limits the number of jobs in flight; see [`ForAll::limit`](super::ForAll::limit).
    ///
    /// # Panics
    ///
    /// If it is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// let doubled = (0..5).par_map(async |n| 2 * n).limit(1);
    /// assert_eq!(guest_runtime::block_on(doubled), [0, 2, 4, 6, 8]);
    /// ```
    #[track_caller]
    pub fn limit(mut self, jobs: usize) -> Self {
        self.results.plan.set_limit(jobs);
        self
    }

    /// Returns the failure of a job instead of panicking; see [`ForAll::catch`](super::ForAll::catch).
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the first job, in the order of the items, that failed.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     assert_eq!((0..3).par_map(async |n| n).catch().await, Ok(vec![0, 1, 2]));
    ///     assert!((0..3).par_map(async |n| 1 / n).catch().await.is_err());
    /// });
    /// ```
    pub async fn catch(mut self) -> Result<Vec<R>, Failure> {
        self.results.plan.caught = true;
        std::future::poll_fn(|context| self.results.poll_all(context)).await
    }

    /// Returns a `Result` for each item: its value, or the [`Failure`] of its job. Other items are not affected.
    ///
    /// Each item has a job of its own, with its own [`timeout`](super::Par::timeout) and
    /// [`memory`](super::Par::memory). [`grain`](Self::grain) puts several into one job, for small items that
    /// hardly ever fail: if one of them fails, all items of the job have that failure.
    ///
    /// # Panics
    ///
    /// If the future was polled before.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Failure;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let quotients = [3_u32, 0, 2].par_map(async |&n| 12_u32 / n).catch_each().await;
    ///     assert_eq!((&quotients[0], &quotients[2]), (&Ok(4), &Ok(6)));
    ///     assert!(matches!(&quotients[1], Err(Failure::Panicked(panic)) if panic.message.contains("by zero")));
    ///
    ///     let mut numbers = (0..4_u32).par_map(async |n| 12 / (2 - n)).catch_each().stream();
    ///     assert_eq!(numbers.next().await, Some(Ok(6)));
    /// });
    /// ```
    #[track_caller]
    pub fn catch_each(self) -> ParMap<'a, Result<R, Failure>>
    where
        R: 'a,
    {
        ParMap { results: self.results.catch_each() }
    }

    /// Collects the results into anything that is made of an iterator of them.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use std::collections::BTreeSet;
    ///
    /// guest_runtime::block_on(async {
    ///     let rests: BTreeSet<u32> = (0..100_u32).par_map(async |n| n % 3).collect().await;
    ///     assert_eq!(rests.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
    /// });
    /// ```
    pub async fn collect<C: FromIterator<R>>(self) -> C {
        self.await.into_iter().collect()
    }

    /// Returns the results one after the other, in the order of the items.
    ///
    /// A slow consumer slows the jobs down: none starts while as many results wait as jobs may be in flight.
    /// So an endless iterator or stream needs no more memory than a short one.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut squares = (0_u64..).par_bridge().par_map(async |n| n * n).stream();
    ///     while let Some(square) = squares.next().await {
    ///         if square > 1000 {
    ///             assert_eq!(square, 32 * 32);
    ///             break;
    ///         }
    ///     }
    /// });
    /// ```
    pub fn stream(self) -> MapStream<'a, R> {
        self.into_stream(true)
    }

    /// Returns the results one after the other, in the order in which they complete.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut squares: Vec<u32> = (0..100_u32).par_map(async |n| n * n).unordered().collect().await;
    ///     squares.sort();
    ///     assert_eq!(squares[99], 99 * 99);
    /// });
    /// ```
    pub fn unordered(self) -> MapStream<'a, R> {
        self.into_stream(false)
    }

    fn into_stream(self, ordered: bool) -> MapStream<'a, R> {
        MapStream::new(self.results, ordered)
    }
}

/// Nothing in it is pinned.
impl<R> Unpin for ParMap<'_, R> {}

impl<R> Future for ParMap<'_, R> {
    type Output = Vec<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<R>> {
        self.results.poll_all(context).map(|outcome| self.results.or_panic(outcome))
    }
}

impl<R> fmt::Debug for ParMap<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.results.fmt_as("ParMap", f)
    }
}
