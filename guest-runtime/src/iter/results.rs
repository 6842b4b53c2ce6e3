//! The results of a function for all items, as the jobs return them.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::task::{Context, Poll, ready};

use super::batch::Batch;
use super::caught::caught;
use super::pieces::Pieces;
use super::plan::Plan;
use crate::Failure;
use crate::failure::or_panic;

/// The results for all items: all at once, or those of one job after the other.
pub(super) struct Results<'a, R> {
    pub(super) plan: Plan,
    called_at: &'static Location<'static>,
    state: State<'a, R>,
}

enum State<'a, R> {
    Lazy(Begin<'a, R>),
    /// Running, with the results so far if all are returned at once.
    Running(Box<Pieces<'a, Batch<R>>>, Vec<R>),
    Ready,
}

type Begin<'a, R> = Box<dyn FnOnce(Plan) -> Pieces<'a, Batch<R>> + 'a>;

impl<'a, R> Results<'a, R> {
    pub(super) fn new(
        plan: Plan,
        called_at: &'static Location<'static>,
        begin: impl FnOnce(Plan) -> Pieces<'a, Batch<R>> + 'a,
    ) -> Self {
        Self { plan, called_at, state: State::Lazy(Box::new(begin)) }
    }

    /// Makes the failure of a job a result for each of its items, of which it has one by default.
    #[track_caller]
    pub(super) fn catch_each(self) -> Results<'a, Result<R, Failure>>
    where
        R: 'a,
    {
        let Self { mut plan, called_at, state } = self;
        let State::Lazy(begin) = state else { panic!("`catch_each` was called after the first poll") };
        plan.grain.get_or_insert(1);
        Results::new(plan, called_at, move |plan| caught(begin(plan)))
    }

    /// Returns whether nothing has started yet.
    pub(super) fn is_lazy(&self) -> bool {
        matches!(self.state, State::Lazy(_))
    }

    pub(super) fn begin(&mut self) {
        if let State::Lazy(_) = self.state
            && let State::Lazy(begin) = std::mem::replace(&mut self.state, State::Ready)
        {
            self.state = State::Running(Box::new(begin(self.plan)), Vec::new());
        }
    }

    /// Cancels what is left.
    pub(super) fn end(&mut self) {
        self.state = State::Ready;
    }

    /// Returns the results of the next job; `None` after the last.
    pub(super) fn poll_some(
        &mut self,
        ordered: bool,
        context: &mut Context<'_>,
    ) -> Poll<Result<Option<Vec<R>>, Failure>> {
        match &mut self.state {
            State::Running(pieces, _) => {
                let polled = match ordered {
                    true => pieces.poll_next(context),
                    false => pieces.poll_next_unordered(context),
                };
                polled.map_ok(|batch| batch.map(|Batch(results)| results))
            }
            State::Lazy(_) | State::Ready => Poll::Ready(Ok(None)),
        }
    }

    /// Returns all results in the order of the items.
    pub(super) fn poll_all(&mut self, context: &mut Context<'_>) -> Poll<Result<Vec<R>, Failure>> {
        self.begin();
        loop {
            let State::Running(pieces, all) = &mut self.state else {
                panic!("a parallel iterator was polled after it was ready")
            };
            match ready!(pieces.poll_next(context)) {
                Ok(Some(Batch(results))) if all.is_empty() => *all = results,
                Ok(Some(Batch(results))) => all.extend(results),
                Ok(None) => break,
                Err(failure) => return Poll::Ready(Err(failure)),
            }
        }
        match std::mem::replace(&mut self.state, State::Ready) {
            State::Running(_, all) => Poll::Ready(Ok(all)),
            State::Lazy(_) | State::Ready => Poll::Ready(Ok(Vec::new())),
        }
    }

    /// Returns the value, or panics with the failure.
    #[track_caller]
    pub(super) fn or_panic<T>(&self, outcome: Result<T, Failure>) -> T {
        or_panic(|| self.name(), self.called_at, outcome)
    }

    fn name(&self) -> Cow<'static, str> {
        match &self.state {
            State::Running(pieces, _) => pieces.name(),
            State::Lazy(_) | State::Ready => Cow::Borrowed(""),
        }
    }

    pub(super) fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Lazy(_) => "lazy",
            State::Running(..) => "started",
            State::Ready => "ready",
        };
        f.debug_struct(name).field("plan", &self.plan).field("state", &state).finish()
    }
}
