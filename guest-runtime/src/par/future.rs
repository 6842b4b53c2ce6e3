//! A future that runs in another instance.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::arguments::{Arguments, Message};
use super::codec;
use super::entry::Entry;
use super::jobs::Job;
use super::work::Work;
use crate::Failure;

/// A future that runs in another instance of this app, on another core.
///
/// Made by [`Parallel::par`](crate::Parallel::par) and [`ParallelFn::par`](crate::ParallelFn::par).
/// It is a future like any other: nothing happens until it is polled for the first time, it gives
/// back the value, and it composes with `join`, `race` and the rest. Two that are awaited one
/// after the other run one after the other; to run in parallel they have to be scheduled
/// concurrently.
///
/// The type of the work is not part of the type, so futures of different functions with the same
/// output fit into one `Vec` or one `FutureGroup`.
///
/// # Examples
///
/// ```
/// use guest_runtime::ParallelFuture;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let squares: Vec<ParallelFuture<u64>> = (1..=3).map(|n| (async |n: u64| n * n).par_with(n)).collect();
///     assert_eq!(squares.join().await, [1, 4, 9]);
/// });
/// ```
///
/// # Panics
///
/// When the job has no value: with the job's name, and the message and the place of its own panic
/// if that is why. As every panic in a component, it ends the instance without running
/// destructors; use [`catch`](Self::catch) to have the failure as a value instead. Also when the
/// future is polled again after it was ready.
///
/// # Cancellation
///
/// Dropping the future stops the job, whether it waits for a core, runs, or waits for jobs of its
/// own, which are stopped too. Dropping one that was never polled costs nothing.
#[must_use = "a parallel future does nothing until it is awaited"]
pub struct ParallelFuture<T>(Catch<T>);

impl<T: Message> ParallelFuture<T> {
    pub(super) fn new<W: Work<Output = T>>(work: W, arguments: W::Arguments) -> Self {
        // The work itself stays here: it has no bytes, and the far side conjures its own.
        let _ = work;
        Self(Catch {
            entry: Entry::of::<W>(),
            state: State::Lazy(Box::new(|| arguments.encode())),
            decode: codec::decode,
        })
    }
}

impl<T> ParallelFuture<T> {
    /// Makes the failure of the job a value of this future, instead of a panic.
    ///
    /// That composes: `try_join` stops the other jobs when one fails, `race_ok` takes the first
    /// that doesn't.
    ///
    /// # Examples
    ///
    /// The first failure ends the work of all:
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
    pub fn catch(self) -> Catch<T> {
        self.0
    }
}

impl<T> Future for ParallelFuture<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let name = self.0.entry.name();
        Pin::new(&mut self.0)
            .poll(context)
            .map(|outcome| outcome.unwrap_or_else(|failure| panic!("job `{name}` {failure}")))
    }
}

impl<T> fmt::Debug for ParallelFuture<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("ParallelFuture", f)
    }
}

/// A parallel future whose failure is a value; see [`ParallelFuture::catch`].
///
/// # Errors
///
/// The [`Failure`] of the job.
///
/// # Panics
///
/// When it is polled again after it was ready.
///
/// # Cancellation
///
/// As for [`ParallelFuture`].
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     assert_eq!((async || 1).par().catch().await, Ok(1));
/// });
/// ```
#[must_use = "a parallel future does nothing until it is awaited"]
pub struct Catch<T> {
    entry: &'static Entry,
    state: State,
    decode: fn(Vec<u8>) -> Result<T, Failure>,
}

enum State {
    /// Not polled yet: holds the arguments, and how to write them down.
    Lazy(Box<dyn FnOnce() -> Result<Vec<u8>, Failure>>),
    Started(Job),
    Ready,
}

impl<T> Future for Catch<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let State::Started(job) = &mut this.state {
            let outcome = std::task::ready!(job.poll(context));
            this.state = State::Ready;
            return Poll::Ready(outcome.and_then(this.decode));
        }
        match std::mem::replace(&mut this.state, State::Ready) {
            State::Lazy(encode) => match encode() {
                Ok(message) => {
                    this.state = State::Started(Job::start(this.entry, &message, context.waker().clone()));
                    Poll::Pending
                }
                Err(failure) => Poll::Ready(Err(failure)),
            },
            State::Started(_) | State::Ready => panic!("a parallel future was polled after it was ready"),
        }
    }
}

impl<T> Catch<T> {
    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Lazy(_) => "lazy",
            State::Started(_) => "started",
            State::Ready => "ready",
        };
        f.debug_struct(name).field("entry", &self.entry.name()).field("state", &state).finish()
    }
}

impl<T> fmt::Debug for Catch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("Catch", f)
    }
}
