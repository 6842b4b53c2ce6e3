//! A job that runs in the instance that started it, because nobody else runs jobs.
//!
//! It is the same future on the same message, so its values are copies, and what it was lent is
//! written through when it has ended well. It goes on whenever its `ParallelFuture` is polled, and is
//! gone when that is dropped.

#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::mem::replace;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use crate::remote::{LocalFuture, Outbox};
use crate::time::timeout;
use crate::{Failure, Refusal};

/// As deep a host lets jobs be nested, if nobody says otherwise. It ends a recursion that has no end.
const MAX_DEPTH: u32 = 64;

type Outcome = Result<Vec<u8>, Failure>;

/// A job of this instance that is under way here. Dropping it drops its future.
pub(crate) struct LocalJob<'a> {
    state: State<'a>,
    /// How deep it is nested.
    depth: u32,
    outbox: Rc<Outbox>,
}

enum State<'a> {
    Running(LocalFuture<'a>),
    Ended(Outcome),
    /// The outcome has been handed out.
    Taken,
}

thread_local! {
    /// How deep the job is nested that is polled now; 0 is main.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl<'a> LocalJob<'a> {
    pub(crate) fn new(future: LocalFuture<'a>, outbox: Rc<Outbox>, limit: Option<Duration>) -> Self {
        let depth = DEPTH.get() + 1;
        let state = match limit {
            _ if depth > MAX_DEPTH => State::Ended(Err(Failure::Refused(Refusal::Depth(MAX_DEPTH)))),
            Some(limit) => State::Running(Box::pin(limited(future, limit))),
            None => State::Running(future),
        };
        Self { state, depth, outbox }
    }

    /// The outcome, once.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Outcome> {
        ready!(self.poll_end(context));
        match replace(&mut self.state, State::Taken) {
            State::Ended(outcome) => Poll::Ready(outcome),
            _ => panic!("a parallel future was polled after it was ready"),
        }
    }

    /// Goes on with the job; ready when there is an outcome.
    pub(crate) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let State::Running(future) = &mut self.state else { return Poll::Ready(()) };
        let polled = {
            let _nested = Nested::at(self.depth);
            future.as_mut().poll(context)
        };
        let outcome = match self.outbox.take_failure() {
            Some(failure) => Err(failure),
            None => ready!(polled),
        };
        self.state = State::Ended(outcome);
        Poll::Ready(())
    }
}

/// What a job is given so long for. One that computes is not interrupted, and has failed afterwards.
async fn limited(future: LocalFuture<'_>, limit: Duration) -> Outcome {
    let began = Instant::now();
    match timeout(limit, future).await {
        Ok(outcome) if began.elapsed() <= limit => outcome,
        _ => Err(Failure::TimedOut(limit)),
    }
}

/// Says how deep the job is that is polled, for those that it starts.
struct Nested {
    before: u32,
}

impl Nested {
    fn at(depth: u32) -> Self {
        Self { before: DEPTH.replace(depth) }
    }
}

impl Drop for Nested {
    fn drop(&mut self) {
        DEPTH.set(self.before);
    }
}
