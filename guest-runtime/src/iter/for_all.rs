//! The future of a function called with all items.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::plan::{Failed, Plan};
use crate::Failure;
use crate::failure::or_panic;

/// The future of the methods of [`ParallelIterator`](super::ParallelIterator).
///
/// It does nothing until it is polled, and holds what it borrows. Each job has several items: their number is
/// chosen from what the first jobs took, or set by [`grain`](Self::grain). The output does not depend on how
/// the items are divided.
///
/// If an earlier run has shown that the items take less time than starting a job, they are processed in this
/// instance.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let sum = (1..=100_u64).par_reduce(async |n| n * n, async |a, b| a + b);
///     let largest = (1..=100_u64).par_reduce(async |n| n % 7, async |a, b| a.max(b));
///     assert_eq!((sum, largest).join().await, (Some(338_350), Some(6)));
/// });
/// ```
///
/// # Panics
///
/// If a job fails, like [`ParallelFuture`](crate::ParallelFuture), unless the failure is
/// [caught](Self::catch); and if it is polled again after it was ready.
///
/// # Cancellation
///
/// Dropping it cancels all jobs. Items that completed jobs have changed through mutable borrows stay changed.
#[must_use = "nothing is done until this is awaited"]
pub struct ForAll<'a, T> {
    plan: Plan,
    called_at: &'static Location<'static>,
    state: State<'a, T>,
}

enum State<'a, T> {
    Lazy(Begin<'a, T>),
    Running(Working<'a, T>),
    Ready,
}

type Begin<'a, T> = Box<dyn FnOnce(Plan) -> Working<'a, T> + 'a>;
type Working<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + 'a>>;

impl<'a, T> ForAll<'a, T> {
    pub(super) fn new<F>(
        plan: Plan,
        called_at: &'static Location<'static>,
        work: impl FnOnce(Plan) -> F + 'a,
    ) -> Self
    where
        F: Future<Output = Result<T, Failed>> + 'a,
    {
        Self { plan, called_at, state: State::Lazy(Box::new(|plan| Box::pin(work(plan)))) }
    }

    /// Sets the number of items per job, and processes none in this instance.
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
    ///     let mut numbers = [1, 2, 3, 4, 5];
    ///     (&mut numbers).par_for_each(async |number| *number *= 2).grain(2).await;
    ///     assert_eq!(numbers, [2, 4, 6, 8, 10]);
    /// });
    /// ```
    #[track_caller]
    pub fn grain(mut self, items: usize) -> Self {
        self.plan.set_grain(items);
        self
    }

    /// Limits the number of jobs in flight, which is otherwise four for each core.
    ///
    /// A higher limit is useful for functions that wait.
    ///
    /// # Panics
    ///
    /// If it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::prelude::*;
    /// use guest_runtime::time::sleep;
    /// use std::time::{Duration, Instant};
    ///
    /// guest_runtime::block_on(async {
    ///     let moment = Duration::from_millis(20);
    ///     let began = Instant::now();
    ///     let waits = async |_| sleep(Duration::from_millis(20)).await;
    ///     (0..100).par_for_each(waits).limit(100).await;
    ///     assert!(began.elapsed() < moment * 100);
    /// });
    /// ```
    #[track_caller]
    pub fn limit(mut self, jobs: usize) -> Self {
        self.plan.set_limit(jobs);
        self
    }

    /// Returns the failure of a job as a value of the future, instead of panicking. Later items are not
    /// processed any more, and none is processed in this instance.
    ///
    /// # Errors
    ///
    /// The [`Failure`] of the first job, in the order of the items, that failed; of
    /// [`par_for_each`](super::ParallelIterator::par_for_each) and
    /// [`par_find_any`](super::ParallelIterator::par_find_any), of the first to fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Failure;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let quotients = [3_u32, 0, 2].par_map(async |&n| 12_u32 / n).catch().await;
    ///     let Err(Failure::Panicked(panic)) = quotients else { panic!() };
    ///     assert_eq!(panic.message, "attempt to divide by zero");
    /// });
    /// ```
    pub async fn catch(mut self) -> Result<T, Failure> {
        self.plan.caught = true;
        let outcome = std::future::poll_fn(|context| self.poll_outcome(context)).await;
        outcome.map_err(|failed| failed.failure)
    }

    fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Failed>> {
        if matches!(self.state, State::Lazy(_))
            && let State::Lazy(begin) = std::mem::replace(&mut self.state, State::Ready)
        {
            self.state = State::Running(begin(self.plan));
        }
        let State::Running(working) = &mut self.state else {
            panic!("a parallel iterator was polled after it was ready")
        };
        let outcome = ready!(working.as_mut().poll(context));
        self.state = State::Ready;
        Poll::Ready(outcome)
    }
}

impl<T> Future for ForAll<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let outcome = ready!(self.poll_outcome(context));
        Poll::Ready(match outcome {
            Ok(value) => value,
            Err(Failed { job, failure }) => or_panic(|| job, self.called_at, Err(failure)),
        })
    }
}

impl<T> fmt::Debug for ForAll<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Lazy(_) => "lazy",
            State::Running(_) => "started",
            State::Ready => "ready",
        };
        f.debug_struct("ForAll").field("plan", &self.plan).field("state", &state).finish()
    }
}
