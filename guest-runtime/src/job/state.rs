//! The states of a job as the future that owns it sees them.
//!
//! ```text
//! Lazy ──► Queued ──► Running ──► Done
//!   │        │           ▲          ▲
//!   ├────────┼───────────┘          │
//!   └────────┴──► Failed ───────────┘
//! ```
//!
//! A lazy job starts when its future is first polled. If there is no room for it, it is queued, and tries
//! again when its turn comes. An argument that cannot be encoded fails it before it runs.

use std::borrow::Cow;
use std::mem::replace;
use std::panic::Location;
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};

use crate::Failure;
use crate::host::{self, Job, JobOptions, Ticket};
use crate::local::LocalJob;
use crate::remote::{self, Entry, Exchange, JobFn, LocalFuture, Outbox};

/// What is known of a job before it starts.
pub(super) struct Spec<'a, T> {
    pub(super) entry: &'static Entry,
    pub(super) called_at: &'static Location<'static>,
    /// `None` for nearly all jobs.
    options: Option<Box<JobOptions>>,
    /// Makes a future of the message, for an app without a host.
    local: fn(Vec<u8>, Rc<Outbox>) -> LocalFuture<'a>,
    /// Decodes a reply that has nothing but the result.
    receive: fn(Vec<u8>) -> Result<T, Failure>,
}

impl<'a, T> Spec<'a, T> {
    pub(super) fn new<F: JobFn<Result = T> + 'a>(called_at: &'static Location<'static>) -> Self {
        Self {
            entry: Entry::of::<F>(),
            called_at,
            options: None,
            local: remote::local_job::<F>,
            receive: remote::receive::<F>,
        }
    }

    pub(super) fn options(&mut self) -> &mut JobOptions {
        self.options.get_or_insert_default()
    }

    /// Returns the name of the job: the one it was given, or that of its function.
    pub(super) fn name(&self) -> Cow<'_, str> {
        let given = self.options.as_ref().and_then(|options| options.name.as_deref());
        given.map_or_else(|| self.entry.name_at(self.called_at), Cow::Borrowed)
    }

    /// Asks the host to start the job; `None` if there is no room.
    fn start_remote(&self, exchange: &mut dyn Exchange<T>, waker: &Waker) -> Result<Option<Job>, Failure> {
        let mut options = self.options.as_deref().cloned().unwrap_or_default();
        options.window = exchange.window();
        options.name = host::is_observed().then(|| self.name().into_owned());
        let mut job = None;
        exchange.send(&mut |message| {
            let (entry, message) = remote::with_init(self.entry.number(), message);
            job = Job::start(entry, &message, std::mem::take(&mut options), waker);
            job.is_some()
        })?;
        Ok(job)
    }

    /// Makes the job a future of this instance, which runs when it is polled.
    fn start_local(&self, exchange: &mut dyn Exchange<T>) -> Result<LocalJob<'a>, Failure> {
        let mut message = Vec::new();
        exchange.send(&mut |bytes| {
            message.extend_from_slice(bytes);
            true
        })?;
        let outbox = Rc::new(Outbox::new(exchange.sinks()));
        let timeout = self.options.as_ref().and_then(|options| options.timeout);
        Ok(LocalJob::new((self.local)(message, Rc::clone(&outbox)), outbox, timeout))
    }
}

pub(super) enum State<'a, T> {
    /// Not polled yet.
    Lazy(Box<dyn Exchange<T> + 'a>),
    /// Polled, and waits until there is room.
    Queued(Box<Queued<'a, T>>),
    /// Started. The exchange is kept if the reply has more than the result.
    Running(Running<'a>, Option<Box<dyn Exchange<T> + 'a>>),
    /// Never started: its argument could not be encoded, or is too large.
    Failed(Failure),
    /// The outcome has been taken.
    Done,
}

/// A job that waits for room.
pub(super) struct Queued<'a, T> {
    /// `None` if no waker could be called: then the job tries again whenever its future is looked at, and
    /// has no place in the queue.
    ticket: Option<Ticket>,
    exchange: Box<dyn Exchange<T> + 'a>,
}

/// A job that has started.
pub(super) enum Running<'a> {
    Remote(Job),
    Local(LocalJob<'a>),
}

impl<'a, T> State<'a, T> {
    /// Starts the job, or queues it. Does nothing to a job that has started.
    ///
    /// The waker is called when the job has ended, and when a queued job may try again.
    pub(super) fn start(&mut self, spec: &Spec<'a, T>, waker: Option<&Waker>) {
        if matches!(self, Self::Lazy(_) | Self::Queued(_)) {
            *self = replace(self, Self::Done).started(spec, waker).unwrap_or_else(Self::Failed);
        }
    }

    fn started(self, spec: &Spec<'a, T>, waker: Option<&Waker>) -> Result<Self, Failure> {
        match (self, waker) {
            // Others wait for room already: queue behind them.
            (Self::Lazy(exchange), Some(waker)) if host::is_full() => {
                Ok(Self::queued(Some(Ticket::last(waker)), exchange))
            }
            (Self::Lazy(exchange), _) => Self::send(exchange, None, spec, waker),
            (Self::Queued(queued), _) if queued.is_pending(waker) => Ok(Self::Queued(queued)),
            (Self::Queued(queued), _) => Self::send(queued.exchange, queued.ticket, spec, waker),
            (other, _) => Ok(other),
        }
    }

    /// Tries to start the job; queues it, with the ticket that it has, if there is no room.
    fn send(
        mut exchange: Box<dyn Exchange<T> + 'a>,
        ticket: Option<Ticket>,
        spec: &Spec<'a, T>,
        waker: Option<&Waker>,
    ) -> Result<Self, Failure> {
        let running = if host::has_no_host() {
            Running::Local(spec.start_local(&mut *exchange)?)
        } else {
            let Some(job) = spec.start_remote(&mut *exchange, waker.unwrap_or(Waker::noop()))? else {
                let ticket = match ticket {
                    Some(ticket) => {
                        ticket.wait_again(waker.unwrap_or(Waker::noop()));
                        Some(ticket)
                    }
                    None => waker.map(Ticket::last),
                };
                return Ok(Self::queued(ticket, exchange));
            };
            // The turn has been used. Dropping the ticket would pass it on.
            ticket.into_iter().for_each(Ticket::leave);
            Running::Remote(job)
        };
        Ok(Self::Running(running, exchange.is_kept().then_some(exchange)))
    }

    fn queued(ticket: Option<Ticket>, exchange: Box<dyn Exchange<T> + 'a>) -> Self {
        Self::Queued(Box::new(Queued { ticket, exchange }))
    }

    /// Returns the outcome, once, when the job has ended.
    pub(super) fn poll(&mut self, spec: &Spec<'a, T>, context: &mut Context<'_>) -> Poll<Result<T, Failure>> {
        let outcome = match self {
            Self::Lazy(_) | Self::Queued(_) => return Poll::Pending,
            Self::Running(Running::Remote(job), Some(exchange)) => {
                // The items come first: the outcome ends the stream that they go to.
                match ready!(exchange.poll_items(job, context)) {
                    Ok(()) => ready!(job.poll(context)).and_then(|reply| exchange.receive(reply)),
                    Err(failure) => Err(failure),
                }
            }
            Self::Running(running, exchange) => {
                ready!(running.poll(context)).and_then(|reply| match exchange {
                    Some(exchange) => exchange.receive(reply),
                    None => (spec.receive)(reply),
                })
            }
            Self::Failed(_) | Self::Done => match replace(self, Self::Done) {
                Self::Failed(failure) => Err(failure),
                _ => panic!("a parallel future was polled after it was ready"),
            },
        };
        *self = Self::Done;
        Poll::Ready(outcome)
    }

    /// Returns the state in one word, for `Debug`.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Lazy(_) => "lazy",
            Self::Queued(_) => "waiting",
            Self::Running(..) | Self::Failed(_) => "started",
            Self::Done => "ready",
        }
    }
}

impl<T> Queued<'_, T> {
    /// Returns whether the turn of this job has not come, and has `waker` called when it does.
    fn is_pending(&self, waker: Option<&Waker>) -> bool {
        let waker = waker.unwrap_or(Waker::noop());
        self.ticket.as_ref().is_some_and(|ticket| ticket.poll(waker).is_pending())
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
