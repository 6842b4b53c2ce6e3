//! A future that runs in another instance.

mod options;
mod outside;

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::arguments::{Arguments, Message};
use super::codec;
use super::entry::Entry;
use super::uncaught::or_panic;
use super::work::Work;
use crate::jobs::{self, Job, Options, Ticket};
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
/// if that is why. A panic that comes from further down names all the jobs it came through. As
/// every panic in a component, it ends the instance without running destructors; use
/// [`catch`](Self::catch) to have the failure as a value instead. Also when the future is polled
/// again after it was ready, and when it is first polled outside of
/// [`block_on`](crate::block_on()), where nothing would wake it.
///
/// # Cancellation
///
/// Dropping the future stops the job, whether it waits for a core, runs, or waits for jobs of its
/// own, which are stopped first. A job that waits is asked: its future is dropped and its
/// destructors run, for as long as the grace time of the run allows. One that computes and has
/// never waited is stopped as it is. Dropping returns at once; [`stop`](Self::stop) waits for the end
/// of all that. Dropping one that was never polled costs nothing.
#[must_use = "a parallel future does nothing until it is awaited"]
pub struct ParallelFuture<T>(Catch<T>);

impl<T: Message> ParallelFuture<T> {
    #[track_caller]
    pub(super) fn new<W: Work<Output = T>>(work: W, arguments: W::Arguments) -> Self {
        // The work itself stays here: it has no bytes, and the far side conjures its own.
        let _ = work;
        Self(Catch {
            entry: Entry::of::<W>(),
            called_at: Location::caller(),
            options: None,
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
        let outcome = std::task::ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(or_panic(self.0.name(), self.0.called_at, outcome))
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
    called_at: &'static Location<'static>,
    /// What was asked for the job; nothing, for nearly all.
    options: Option<Box<Options>>,
    state: State,
    decode: fn(Vec<u8>) -> Result<T, Failure>,
}

enum State {
    /// Not polled yet: holds the arguments, and how to write them down.
    Lazy(Box<dyn FnOnce() -> Result<Vec<u8>, Failure>>),
    /// Polled, when there was no room for one more job.
    Waiting(Box<Unstarted>),
    Started(Job),
    /// The arguments could not be written down.
    Unsent(Failure),
    Ready,
}

/// A job that will start when there is room.
struct Unstarted {
    /// None of a future that nobody could wake: it tries again when it is looked at.
    ticket: Option<Ticket>,
    content: Content,
}

enum Content {
    Arguments(Box<dyn FnOnce() -> Result<Vec<u8>, Failure>>),
    /// Written down already: it was tried.
    Message(Vec<u8>),
}

/// Whether a turn that is given to whoever has this waker will be used.
fn can_be_woken(waker: &Waker) -> bool {
    !waker.will_wake(Waker::noop())
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
    /// Starts the job, if that has not happened and there is room; `waker` is woken when it has
    /// ended, or may be tried again.
    fn start_for(&mut self, waker: &Waker) {
        let (ticket, content) = match std::mem::replace(&mut self.state, State::Ready) {
            State::Lazy(encode) if jobs::is_full() && can_be_woken(waker) => {
                // Behind those that were first.
                let ticket = Some(Ticket::last(waker));
                let unstarted = Unstarted { ticket, content: Content::Arguments(encode) };
                self.state = State::Waiting(Box::new(unstarted));
                return;
            }
            State::Lazy(encode) => (None, Content::Arguments(encode)),
            State::Waiting(unstarted)
                if unstarted.ticket.as_ref().is_some_and(|ticket| ticket.poll(waker).is_pending()) =>
            {
                self.state = State::Waiting(unstarted);
                return;
            }
            State::Waiting(unstarted) => (unstarted.ticket, unstarted.content),
            other => {
                self.state = other;
                return;
            }
        };
        let message = match content {
            Content::Arguments(encode) => encode().and_then(jobs::check),
            Content::Message(message) => Ok(message),
        };
        self.state = match message {
            Ok(message) => self.send(message, ticket, waker),
            Err(failure) => State::Unsent(failure),
        };
    }

    fn send(&self, message: Vec<u8>, ticket: Option<Ticket>, waker: &Waker) -> State {
        let options = self.options.as_deref().copied().unwrap_or_default();
        if let Some(job) = Job::start(self.entry.number(), &message, options, waker) {
            if let Some(ticket) = ticket {
                ticket.leave();
            }
            return State::Started(job);
        }
        let ticket = match ticket {
            Some(ticket) => {
                ticket.wait_again(waker);
                Some(ticket)
            }
            None => can_be_woken(waker).then(|| Ticket::last(waker)),
        };
        State::Waiting(Box::new(Unstarted { ticket, content: Content::Message(message) }))
    }

    fn poll_started(&mut self, context: &Context<'_>) -> Poll<Result<T, Failure>> {
        if let State::Waiting(_) = &self.state {
            return Poll::Pending;
        }
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

    /// The name of the job.
    fn name(&self) -> &'static str {
        self.entry.name()
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Lazy(_) => "lazy",
            State::Waiting(_) => "waiting",
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
