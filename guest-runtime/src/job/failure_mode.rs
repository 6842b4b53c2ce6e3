//! What a parallel future does when its job fails: it panics, or returns the failure.

use std::borrow::Cow;
use std::panic::Location;

use crate::Failure;
use crate::failure::or_panic;

/// What a [`ParallelFuture`](crate::ParallelFuture) does when its job fails.
#[expect(unnameable_types, reason = "a parameter that `catch` sets, and programs do not name")]
pub trait FailureMode<T> {
    /// What the future returns.
    type Output;

    /// Makes the output of an outcome. The name of the job is asked for only in a panic.
    #[doc(hidden)]
    #[track_caller]
    fn output<'j>(
        outcome: Result<T, Failure>,
        job: impl FnOnce() -> Cow<'j, str>,
        called_at: &Location<'_>,
    ) -> Self::Output;
}

/// The failure of the job is a panic of the future.
#[expect(unnameable_types, reason = "a parameter that `catch` sets, and programs do not name")]
#[derive(Debug)]
pub enum Uncaught {}

/// The failure of the job is returned.
#[expect(unnameable_types, reason = "a parameter that `catch` sets, and programs do not name")]
#[derive(Debug)]
pub enum Caught {}

impl<T> FailureMode<T> for Uncaught {
    type Output = T;

    #[track_caller]
    fn output<'j>(
        outcome: Result<T, Failure>,
        job: impl FnOnce() -> Cow<'j, str>,
        called_at: &Location<'_>,
    ) -> T {
        or_panic(job, called_at, outcome)
    }
}

impl<T> FailureMode<T> for Caught {
    type Output = Result<T, Failure>;

    fn output<'j>(
        outcome: Result<T, Failure>,
        _job: impl FnOnce() -> Cow<'j, str>,
        _called_at: &Location<'_>,
    ) -> Result<T, Failure> {
        outcome
    }
}
