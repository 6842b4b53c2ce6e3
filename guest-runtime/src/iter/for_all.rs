//! The future of work on all items.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::plan::{Failed, Plan};
use crate::Failure;
use crate::failure::or_panic;

/// The value of work on all items of something, done in parallel.
///
/// Made by the methods of [`ParallelIterator`](super::ParallelIterator). It does nothing until it is
/// polled, holds what it borrows, and works on the items in jobs of several: how many is chosen from
/// what the first of them took, and can be said with [`grain`](Self::grain). The value is the same
/// however they are divided.
///
/// Where less is to be done than it costs to give it away, and that is known from an earlier time, it
/// is done here.
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
/// When a job has no value, as [`ParallelFuture`](crate::ParallelFuture) does; see
/// [`catch`](Self::catch). Also when it is polled again after it was ready.
///
/// # Cancellation
///
/// Dropping it stops all jobs, as for [`ParallelFuture`](crate::ParallelFuture). What has been written
/// through mutable borrows stays written, job by job.
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

    /// Puts so many items into each job, and works on none of them here.
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

    /// Has at most so many jobs under way at a time; without this, four for each core.
    ///
    /// More than that are of use to items that wait.
    ///
    /// # Panics
    ///
    /// If it is 0.
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

    /// Makes the failure of a job a value of this future, instead of a panic. The items behind it are
    /// not worked on any more, and none is worked on here.
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
            panic!("work on all items was polled after it was ready")
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
