//! A future whose job runs in another instance.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::failure_mode::{Caught, FailureMode, Uncaught};
use super::state::{Spec, State};
use crate::remote::{JobFn, TypedExchange};
use crate::{Failure, block_on};

/// A future whose job runs in another instance of this app, on another core.
///
/// [`Parallel::par`](crate::Parallel::par) and [`ParallelFn::par`](crate::ParallelFn::par) make one. It is
/// a future like any other: nothing happens until it is first polled, it returns the value of the job, and
/// it composes with `join`, `race` and the rest. Two that are awaited one after the other run one after the
/// other; to run in parallel, they have to be awaited at the same time.
///
/// Await it inside [`block_on`](crate::block_on()), which learns when the job has ended. On another runtime
/// there is [`pollable`](Self::pollable), and without one [`wait`](Self::wait).
///
/// The future holds what the call borrows (`'a`). When it is ready, all mutable borrows have their new
/// values; if the job fails or the future is dropped before, none has.
///
/// The type of the function is not part of this type, so futures of different functions with the same
/// output fit into one `Vec` or one `FutureGroup`. The last parameter is set by [`catch`](Self::catch).
///
/// # Examples
///
/// ```
/// use guest_runtime::ParallelFuture;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let squares: Vec<ParallelFuture<'_, u64>> = (1..=3).map(|n| (async |n: u64| n * n).par_with(n)).collect();
///     assert_eq!(squares.join().await, [1, 4, 9]);
/// });
/// ```
///
/// # Panics
///
/// * If the job fails: the message has the job's name, and the message and location of the job's own panic
///   if it panicked. A panic that passed through several jobs names them all. Like every panic in a
///   component, this one ends the instance without running destructors; [`catch`](Self::catch) returns the
///   failure instead.
/// * If the future is polled again after it was ready.
/// * If it is first polled outside of [`block_on`](crate::block_on()), where nothing would wake it.
///
/// # Cancellation
///
/// Dropping the future cancels the job, whether it waits for a core, runs, or waits for jobs of its own,
/// which are cancelled first. A job that waits is asked to stop: its future is dropped, and its destructors
/// may run for the grace period of the run. A job that computes without ever waiting is killed. Dropping
/// returns at once; [`stop`](Self::stop) waits until the job is gone. Dropping a future that was never
/// polled costs nothing.
#[must_use = "a parallel future does nothing until it is awaited"]
pub struct ParallelFuture<'a, T, M = Uncaught> {
    pub(super) spec: Spec<'a, T>,
    pub(super) state: State<'a, T>,
    mode: PhantomData<fn() -> M>,
}

/// A [`ParallelFuture`] that returns the failure of its job; see [`catch`](ParallelFuture::catch).
///
/// # Examples
///
/// ```
/// use guest_runtime::Catch;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let halves: Vec<Catch<'_, u32>> = (0..3).map(|n| (async |n: u32| 6 / n).par_with(n).catch()).collect();
///     let halves = halves.join().await;
///     assert!(halves[0].is_err());        // a division by zero
///     assert_eq!(halves[1..], [Ok(6), Ok(3)]);
/// });
/// ```
pub type Catch<'a, T> = ParallelFuture<'a, T, Caught>;

impl<'a, T> ParallelFuture<'a, T> {
    /// Makes a future of a call that is written where the caller of this function is.
    #[track_caller]
    pub(super) fn new<F>(function: F, argument: F::Argument) -> Self
    where
        F: JobFn<Result = T> + 'a,
        F::Argument: 'a,
    {
        Self::called_at(Location::caller(), function, argument)
    }

    /// Makes a future of a call that is written at this location.
    pub(crate) fn called_at<F>(
        called_at: &'static Location<'static>,
        function: F,
        argument: F::Argument,
    ) -> Self
    where
        F: JobFn<Result = T> + 'a,
        F::Argument: 'a,
    {
        // The function has no bytes: the job's instance makes its own.
        let _ = function;
        let state = State::Lazy(Box::new(TypedExchange::<F>::new(argument)));
        Self { spec: Spec::new::<F>(called_at), state, mode: PhantomData }
    }

    /// Returns the failure of the job as a value of the future, instead of panicking.
    ///
    /// That composes: `try_join` cancels the other jobs when one fails, and `race_ok` takes the first that
    /// succeeds.
    ///
    /// # Examples
    ///
    /// The first failure cancels all jobs:
    ///
    /// ```
    /// use guest_runtime::Failure;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let good = (async || 1).par().catch();
    ///     let bad = (async || -> u32 { panic!("out of luck") }).par().catch();
    ///     let both: Result<(u32, u32), Failure> = (good, bad).try_join().await;
    ///     assert!(both.unwrap_err().to_string().ends_with("out of luck"));
    /// });
    /// ```
    pub fn catch(self) -> Catch<'a, T> {
        let Self { spec, state, mode: _ } = self;
        ParallelFuture { spec, state, mode: PhantomData }
    }
}

impl<T, M> ParallelFuture<'_, T, M> {
    /// Polls a job that has been started, or queued.
    pub(super) fn poll_outcome(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        self.state.poll(&self.spec, context)
    }
}

impl<T, M: FailureMode<T>> Future for ParallelFuture<'_, T, M> {
    type Output = M::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<M::Output> {
        let Self { spec, state, .. } = &mut *self;
        assert!(
            block_on::is_entered(),
            "job `{}` was awaited outside of `guest_runtime::block_on`, where nothing would wake its future: \
             there is `wait` for this, and `pollable` with `try_wait`",
            spec.name()
        );
        state.start(spec, Some(context.waker()));
        let outcome = std::task::ready!(state.poll(spec, context));
        Poll::Ready(M::output(outcome, || spec.name(), spec.called_at))
    }
}

impl<T, M> fmt::Debug for ParallelFuture<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entry, state) = (self.spec.entry.name(), self.state.word());
        f.debug_struct("ParallelFuture").field("entry", &entry).field("state", &state).finish()
    }
}
