//! Jobs without a host: a local job is a future of the instance that started it.
//!
//! It decodes the same message as a remote job, so its values are copies, and mutable borrows are assigned when
//! it has succeeded. It runs while its `ParallelFuture` is polled, and is dropped with that.

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

/// How deep jobs may be nested, which is also the default of the host. It ends an infinite recursion.
const MAX_DEPTH: u32 = 64;

type Outcome = Result<Vec<u8>, Failure>;

/// A job that runs in the instance that started it. Dropping it drops its future.
pub(crate) struct LocalJob<'a> {
    state: State<'a>,
    /// How deep it is nested.
    depth: u32,
    outbox: Rc<Outbox>,
}

enum State<'a> {
    Running(LocalFuture<'a>),
    Ended(Outcome),
    /// The outcome has been returned.
    Taken,
}

thread_local! {
    /// How deep the job that is being polled is nested; 0 for `main`.
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

    /// Runs the job, and returns its outcome, once.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Outcome> {
        ready!(self.poll_end(context));
        match replace(&mut self.state, State::Taken) {
            State::Ended(outcome) => Poll::Ready(outcome),
            _ => panic!("a parallel future was polled after it was ready"),
        }
    }

    /// Runs the job; ready when it has ended.
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

/// Limits how long a job may run. One that computes is not interrupted; it fails when it ends late.
async fn limited(future: LocalFuture<'_>, limit: Duration) -> Outcome {
    let began = Instant::now();
    match timeout(limit, future).await {
        Ok(outcome) if began.elapsed() <= limit => outcome,
        _ => Err(Failure::TimedOut(limit)),
    }
}

/// Sets the depth of the job that is being polled, for the jobs that it starts.
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
