//! The stream of `par_map`: results one after the other.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use futures_lite::stream::poll_fn;

use super::results::Results;
use crate::Failure;

/// A stream of the results of [`ParMap`](super::ParMap); [`stream`](super::ParMap::stream) and
/// [`unordered`](super::ParMap::unordered) make one.
///
/// # Panics
///
/// If a job fails.
///
/// # Cancellation
///
/// Dropping it cancels all jobs.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let words = ["a", "bc"].map(String::from);
///     let mut lengths = words.par_map(async |word| word.len()).stream();
///     assert_eq!(lengths.next().await, Some(1));
/// });
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct MapStream<'a, R> {
    results: Results<'a, R>,
    ordered: bool,
    /// Results of one job that have not been returned.
    ready: vec::IntoIter<R>,
}

impl<'a, R> MapStream<'a, R> {
    pub(super) fn new(results: Results<'a, R>, ordered: bool) -> Self {
        Self { results, ordered, ready: Vec::new().into_iter() }
    }

    /// Returns the failure of a job as the last item of the stream, instead of panicking.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut quotients = [3_u32, 0].par_map(async |&n| 12_u32 / n).grain(1).stream().catch();
    ///     assert_eq!(quotients.next().await, Some(Ok(4)));
    ///     assert!(quotients.next().await.is_some_and(|failed| failed.is_err()));
    ///     assert_eq!(quotients.next().await, None);
    /// });
    /// ```
    pub fn catch(mut self) -> impl Stream<Item = Result<R, Failure>> + Unpin + use<'a, R> {
        self.results.plan.caught = true;
        poll_fn(move |context| {
            let outcome = ready!(self.poll_outcome(context)).transpose();
            if matches!(outcome, Some(Err(_))) {
                self.results.end();
            }
            Poll::Ready(outcome)
        })
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<R>, Failure>> {
        if self.results.is_lazy() {
            self.results.plan.bounded = true;
            self.results.begin();
        }
        loop {
            if let Some(result) = self.ready.next() {
                return Poll::Ready(Ok(Some(result)));
            }
            match ready!(self.results.poll_some(self.ordered, context))? {
                Some(results) => self.ready = results.into_iter(),
                None => {
                    self.results.end();
                    return Poll::Ready(Ok(None));
                }
            }
        }
    }
}

/// Nothing in it is pinned.
impl<R> Unpin for MapStream<'_, R> {}

impl<R> Stream for MapStream<'_, R> {
    type Item = R;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<R>> {
        self.poll_outcome(context).map(|outcome| self.results.or_panic(outcome))
    }
}

impl<R> fmt::Debug for MapStream<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.results.fmt_as("MapStream", f)
    }
}
