//! A future that runs in another instance.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::failure::or_panic;
use crate::host::{self, Job, Options, Ticket};
use crate::local::LocalJob;
use crate::remote::{self, Entry, Exchange, JobFn, LocalFuture, Outbox, TypedExchange};
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
/// It holds what the call borrows (`'a`). A place that is borrowed mutably is written when the future is
/// ready, all of them at once; if the job fails or the future is dropped before, none is.
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
///     let squares: Vec<ParallelFuture<'_, u64>> = (1..=3).map(|n| (async |n: u64| n * n).par_with(n)).collect();
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
pub struct ParallelFuture<'a, T>(pub(super) Catch<'a, T>);

impl<'a, T> ParallelFuture<'a, T> {
    #[track_caller]
    pub(super) fn new<F>(function: F, argument: F::Argument) -> Self
    where
        F: JobFn<Result = T> + 'a,
        F::Argument: 'a,
    {
        Self::called_at(Location::caller(), function, argument)
    }

    /// The same, called from somewhere else.
    pub(crate) fn called_at<F>(
        called_at: &'static Location<'static>,
        function: F,
        argument: F::Argument,
    ) -> Self
    where
        F: JobFn<Result = T> + 'a,
        F::Argument: 'a,
    {
        // The work itself stays local: it has no bytes, and the far side conjures its own.
        let _ = function;
        Self(Catch {
            entry: Entry::of::<F>(),
            called_at,
            options: None,
            state: State::Lazy(Box::new(TypedExchange::<F>::new(argument))),
            local: remote::local_job::<F>,
            receive: remote::receive::<F>,
        })
    }
}

impl<'a, T> ParallelFuture<'a, T> {
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
    pub fn catch(self) -> Catch<'a, T> {
        self.0
    }
}

impl<T> Future for ParallelFuture<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let outcome = std::task::ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(or_panic(|| self.0.name(), self.0.called_at, outcome))
    }
}

impl<T> fmt::Debug for ParallelFuture<'_, T> {
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
pub struct Catch<'a, T> {
    pub(super) entry: &'static Entry,
    pub(super) called_at: &'static Location<'static>,
    /// What was asked for the job; nothing, for nearly all.
    pub(super) options: Option<Box<Options>>,
    pub(super) state: State<'a, T>,
    /// What makes a future of the message, if nobody else runs the job.
    local: fn(Vec<u8>, Rc<Outbox>) -> LocalFuture<'a>,
    /// What makes the result of a reply that nobody here has to see first.
    receive: fn(Vec<u8>) -> Result<T, Failure>,
}

pub(super) enum State<'a, T> {
    /// Not polled yet.
    Lazy(Box<dyn Exchange<T> + 'a>),
    /// Polled, when there was no room for one more job.
    Waiting(Box<Unstarted<'a, T>>),
    /// Under way, and who waits for the reply, if anything comes back but the result.
    Started(Running<'a>, Option<Box<dyn Exchange<T> + 'a>>),
    /// The arguments could not be written down.
    Unsent(Failure),
    Ready,
}

/// Where a job is under way.
pub(super) enum Running<'a> {
    Remote(Job),
    Local(LocalJob<'a>),
}

/// A job that will start when there is room.
pub(super) struct Unstarted<'a, T> {
    /// None of a future that nobody could wake: it tries again when it is looked at.
    ticket: Option<Ticket>,
    call: Box<dyn Exchange<T> + 'a>,
}

impl<T> Future for Catch<'_, T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(
            block_on::is_entered(),
            "job `{}` was awaited outside of `guest_runtime::block_on`, where nothing would wake its future: \
             there is `wait` for this, and `pollable` with `try_wait`",
            self.name()
        );
        self.start_for(Some(context.waker()));
        self.poll_started(context)
    }
}

impl<'a, T> Catch<'a, T> {
    /// Starts the job, if that has not happened and there is room; the waker is woken when it has
    /// ended, or may be tried again. Who has none tries again by hand, and takes nobody's turn.
    pub(super) fn start_for(&mut self, waker: Option<&Waker>) {
        let can_be_woken = waker.is_some();
        let waker = waker.unwrap_or(Waker::noop());
        let (ticket, call) = match std::mem::replace(&mut self.state, State::Ready) {
            State::Lazy(call) if host::is_full() && can_be_woken => {
                // Behind those that were first.
                let ticket = Some(Ticket::last(waker));
                self.state = State::Waiting(Box::new(Unstarted { ticket, call }));
                return;
            }
            State::Lazy(call) => (None, call),
            State::Waiting(unstarted)
                if unstarted.ticket.as_ref().is_some_and(|ticket| ticket.poll(waker).is_pending()) =>
            {
                self.state = State::Waiting(unstarted);
                return;
            }
            State::Waiting(unstarted) => (unstarted.ticket, unstarted.call),
            other => {
                self.state = other;
                return;
            }
        };
        self.state = self.send(call, ticket, waker, can_be_woken).unwrap_or_else(State::Unsent);
    }

    fn send(
        &self,
        mut call: Box<dyn Exchange<T> + 'a>,
        ticket: Option<Ticket>,
        waker: &Waker,
        can_be_woken: bool,
    ) -> Result<State<'a, T>, Failure> {
        let mut options = self.options.as_deref().cloned().unwrap_or_default();
        if host::has_no_host() {
            return self.send_local(call, options);
        }
        options.window = call.window();
        options.name = host::is_observed().then(|| self.name().to_owned());
        let mut job = None;
        call.send(&mut |message| {
            job = Job::start(self.entry.number(), message, std::mem::take(&mut options), waker);
            job.is_some()
        })?;
        if let Some(job) = job {
            ticket.into_iter().for_each(Ticket::leave);
            return Ok(State::Started(Running::Remote(job), call.is_kept().then_some(call)));
        }
        let ticket = match ticket {
            Some(ticket) => {
                ticket.wait_again(waker);
                Some(ticket)
            }
            None => can_be_woken.then(|| Ticket::last(waker)),
        };
        Ok(State::Waiting(Box::new(Unstarted { ticket, call })))
    }

    /// Makes the job a future of this instance, which goes on when it is polled.
    fn send_local(
        &self,
        mut call: Box<dyn Exchange<T> + 'a>,
        options: Options,
    ) -> Result<State<'a, T>, Failure> {
        let mut message = Vec::new();
        call.send(&mut |bytes| {
            message.extend_from_slice(bytes);
            true
        })?;
        let outbox = Rc::new(Outbox::new(call.sinks()));
        let job = LocalJob::new((self.local)(message, Rc::clone(&outbox)), outbox, options.timeout);
        Ok(State::Started(Running::Local(job), call.is_kept().then_some(call)))
    }

    pub(super) fn poll_started(&mut self, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        match &mut self.state {
            State::Waiting(_) => return Poll::Pending,
            State::Started(running, call) => {
                if let (Running::Remote(job), Some(call)) = (&mut *running, &mut *call)
                    && let Err(failure) = std::task::ready!(call.poll_items(job, context))
                {
                    // Nobody can take what comes.
                    self.state = State::Ready;
                    return Poll::Ready(Err(failure));
                }
                let outcome = std::task::ready!(running.poll(context));
                let call = call.take();
                self.state = State::Ready;
                return Poll::Ready(outcome.and_then(|reply| match call {
                    Some(mut call) => call.receive(reply),
                    None => (self.receive)(reply),
                }));
            }
            _ => {}
        }
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Unsent(failure) => Poll::Ready(Err(failure)),
            _ => panic!("a parallel future was polled after it was ready"),
        }
    }

    /// What the job is called.
    pub(super) fn name(&self) -> &str {
        let given = self.options.as_ref().and_then(|options| options.name.as_deref());
        given.unwrap_or_else(|| self.entry.name())
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Lazy(_) => "lazy",
            State::Waiting(_) => "waiting",
            State::Started(..) | State::Unsent(_) => "started",
            State::Ready => "ready",
        };
        f.debug_struct(name).field("entry", &self.entry.name()).field("state", &state).finish()
    }
}

impl Running<'_> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<u8>, Failure>> {
        match self {
            Self::Remote(job) => job.poll(context),
            Self::Local(job) => job.poll(context),
        }
    }
}

impl<T> fmt::Debug for Catch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as("Catch", f)
    }
}
