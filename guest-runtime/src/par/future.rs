//! A future that runs in another instance.

mod outside;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::arguments::{Arguments, Message};
use super::codec;
use super::entry::Entry;
use super::jobs::Job;
use super::work::Work;
use crate::{Failure, block_on};

/// A future that runs in another instance of this app, on another core.
///
/// Made by [`Parallel::par`](crate::Parallel::par) and [`ParallelFn::par`](crate::ParallelFn::par).
/// It is a future like any other: nothing happens until it is polled for the first time, it gives
/// back the value, and it composes with `join`, `race` and the rest. Two that are awaited one
/// after the other run one after the other; to run in parallel they have to be scheduled
/// concurrently.
///
/// It is awaited inside [`block_on`](crate::block_on()), which knows when the job has ended. On
/// another runtime there is [`pollable`](Self::pollable), and without one [`wait`](Self::wait).
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
/// future is polled again after it was ready, and when it is first polled outside of
/// [`block_on`](crate::block_on()), where nothing would wake it.
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
        Pin::new(&mut self.0).poll(context).map(|outcome| or_panic(name, outcome))
    }
}

/// The value of a job, or the panic of who waits for it.
#[track_caller]
fn or_panic<T>(job: &str, outcome: Result<T, Failure>) -> T {
    match outcome {
        Ok(value) => value,
        Err(failure) => panic!("job `{job}` {failure}"),
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
/// When it is polled again after it was ready, or first polled outside of
/// [`block_on`](crate::block_on()).
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
    /// The arguments could not be written down.
    Unsent(Failure),
    Ready,
}

impl<T> Future for Catch<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            block_on::is_entered(),
            "job `{}` was awaited outside of `guest_runtime::block_on`, where nothing would wake its future: \
             there is `wait` for this, and `pollable` with `try_wait`",
            self.entry.name()
        );
        self.start_for(context.waker());
        self.poll_started(context)
    }
}

impl<T> Catch<T> {
    /// Starts the job, if that has not happened; `waker` is woken when it has ended.
    fn start_for(&mut self, waker: &Waker) {
        if !matches!(self.state, State::Lazy(_)) {
            return;
        }
        if let State::Lazy(encode) = std::mem::replace(&mut self.state, State::Ready) {
            self.state = match encode() {
                Ok(message) => State::Started(Job::start(self.entry, &message, waker.clone())),
                Err(failure) => State::Unsent(failure),
            };
        }
    }

    fn poll_started(&mut self, context: &Context<'_>) -> Poll<Result<T, Failure>> {
        if let State::Started(job) = &mut self.state {
            let outcome = std::task::ready!(job.poll(context));
            self.state = State::Ready;
            return Poll::Ready(outcome.and_then(self.decode));
        }
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Unsent(failure) => Poll::Ready(Err(failure)),
            _ => panic!("a parallel future was polled after it was ready"),
        }
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Lazy(_) => "lazy",
            State::Started(_) | State::Unsent(_) => "started",
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
