//! The results of work on all items: all at once, or one after the other.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use futures_lite::stream::poll_fn;

use super::pieces::{Pieces, Plan};
use crate::Failure;
use crate::par::or_panic;

/// A function of all items: awaited, a `Vec` of the results in the order of the items.
///
/// Made by [`par_map`](super::ParallelIterator::par_map). With [`stream`](Self::stream) the results
/// come one after the other instead, in order, and with [`unordered`](Self::unordered) as they come.
/// For all else it is like [`ForAll`](super::ForAll).
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
/// When a job has no value, and when it is polled again after it was ready.
///
/// # Cancellation
///
/// Dropping it stops all jobs.
#[must_use = "nothing is done until this is awaited, or made a stream"]
pub struct ParMap<'a, R> {
    plan: Plan,
    called_at: &'static Location<'static>,
    state: State<'a, R>,
}

enum State<'a, R> {
    Lazy(Begin<'a, R>),
    Running(Pieces<'a, Vec<R>>, Vec<R>),
    Ready,
}

type Begin<'a, R> = Box<dyn FnOnce(Plan) -> Pieces<'a, Vec<R>> + 'a>;

impl<'a, R> ParMap<'a, R> {
    pub(super) fn new(
        called_at: &'static Location<'static>,
        begin: impl FnOnce(Plan) -> Pieces<'a, Vec<R>> + 'a,
    ) -> Self {
        Self { plan: Plan::default(), called_at, state: State::Lazy(Box::new(begin)) }
    }

    /// Puts so many items into each job; see [`ForAll::grain`](super::ForAll::grain).
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
        self.plan.set_grain(items);
        self
    }

    /// Has at most so many jobs under way at a time; see [`ForAll::limit`](super::ForAll::limit).
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
        self.plan.set_limit(jobs);
        self
    }

    /// Makes the failure of a job a value; see [`ForAll::catch`](super::ForAll::catch).
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
        self.plan.caught = true;
        std::future::poll_fn(|context| self.poll_outcome(context)).await
    }

    /// The results one after the other, in the order of the items, as soon as it is their turn.
    ///
    /// Whoever does not take them holds the work up: no job is started while the results of as many wait as
    /// may be under way. So an iterator or a stream without end needs no more memory than one with few items.
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

    /// The results one after the other, as they come.
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
        MapStream { map: self, ordered, ready: Vec::new().into_iter() }
    }

    /// The results of the next job, if the program has not seen all of them.
    fn poll_some(
        &mut self,
        ordered: bool,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Vec<R>>, Failure>> {
        match &mut self.state {
            State::Running(pieces, _) if ordered => pieces.poll_next(context),
            State::Running(pieces, _) => pieces.poll_next_to_come(context),
            _ => Poll::Ready(Ok(None)),
        }
    }

    fn begin(&mut self) {
        if let State::Lazy(_) = self.state
            && let State::Lazy(begin) = std::mem::replace(&mut self.state, State::Ready)
        {
            self.state = State::Running(begin(self.plan), Vec::new());
        }
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<R>, Failure>> {
        self.begin();
        loop {
            let State::Running(pieces, all) = &mut self.state else {
                panic!("work on all items was polled after it was ready")
            };
            match ready!(pieces.poll_next(context)) {
                Ok(Some(results)) if all.is_empty() => *all = results,
                Ok(Some(results)) => all.extend(results),
                Ok(None) => break,
                Err(failure) => return Poll::Ready(Err(failure)),
            }
        }
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Running(_, all) => Poll::Ready(Ok(all)),
            State::Lazy(_) | State::Ready => Poll::Ready(Ok(Vec::new())),
        }
    }

    fn name(&self) -> &'static str {
        match &self.state {
            State::Running(pieces, _) => pieces.name(),
            State::Lazy(_) | State::Ready => "",
        }
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Lazy(_) => "lazy",
            State::Running(..) => "started",
            State::Ready => "ready",
        };
        f.debug_struct(name).field("plan", &self.plan).field("state", &state).finish()
    }
}

/// Nothing in it is pinned.
impl<R> Unpin for ParMap<'_, R> {}

impl<R> Future for ParMap<'_, R> {
    type Output = Vec<R>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<R>> {
        let outcome = ready!(self.poll_outcome(context));
        Poll::Ready(or_panic(|| self.name(), self.called_at, outcome))
    }
}

impl<R> fmt::Debug for ParMap<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("ParMap", f)
    }
}

/// The results of [`ParMap`] one after the other; see [`stream`](ParMap::stream) and
/// [`unordered`](ParMap::unordered).
///
/// # Panics
///
/// When a job has no value.
///
/// # Cancellation
///
/// Dropping it stops all jobs.
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
    map: ParMap<'a, R>,
    ordered: bool,
    /// Results of one job that have not been taken.
    ready: vec::IntoIter<R>,
}

impl<'a, R> MapStream<'a, R> {
    /// Makes the failure of a job the last item of this stream, instead of a panic.
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
        self.map.plan.caught = true;
        poll_fn(move |context| {
            let outcome = ready!(self.poll_outcome(context)).transpose();
            if matches!(outcome, Some(Err(_))) {
                self.map.state = State::Ready;
            }
            Poll::Ready(outcome)
        })
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<R>, Failure>> {
        if let State::Lazy(_) = self.map.state {
            self.map.plan.few_wait = true;
            self.map.begin();
        }
        loop {
            if let Some(result) = self.ready.next() {
                return Poll::Ready(Ok(Some(result)));
            }
            match ready!(self.map.poll_some(self.ordered, context))? {
                Some(results) => self.ready = results.into_iter(),
                None => {
                    self.map.state = State::Ready;
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
        let outcome = ready!(self.poll_outcome(context));
        Poll::Ready(or_panic(|| self.map.name(), self.map.called_at, outcome))
    }
}

impl<R> fmt::Debug for MapStream<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map.fmt_as("MapStream", f)
    }
}
