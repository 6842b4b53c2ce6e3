//! The future of a call.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use super::failure::Failure;
use super::shared::{Options, Shared};
use crate::exec::instance;
use crate::exec::service::{CallOptions, Calling};
use crate::exec::session::SessionCall;

/// A call of a function, as a future.
///
/// Nothing happens until it is polled or [waited](Self::wait) for. Then the call waits in the queue of a core, and
/// any core may run it. Any executor may poll the future.
///
/// Dropping it stops the call and all jobs that it started. A function that has begun loses its instance then; that
/// of a [session](crate::Session) ends with it.
///
/// # Errors
///
/// Its output is an error if the function trapped, took too long, ran out of memory or was stopped; see
/// [`Failure`]. A `result` that the function returns is a value.
///
/// # Panics
///
/// Panics if it is polled after it was ready.
///
/// # Examples
///
/// ```no_run
/// # let host = host::Host::new(&host::Config::default())?;
/// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
/// let count = library.function("count")?.typed::<(String,), (u32,)>()?;
/// let calls = ["a", "b c"].map(|text| count.call((text.to_owned(),)));
/// let counts = futures_executor::block_on(futures_util::future::try_join_all(calls))?;
/// assert_eq!(counts, [(1,), (2,)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a call does nothing until it is polled, or waited for"]
pub struct Call<R> {
    state: State,
    answer: Arc<Answer<R>>,
}

enum State {
    Lazy(Lazy),
    Calling(Calling),
    InSession(SessionCall),
    /// It cannot be made.
    Failed(Failure),
    Ended,
}

/// A call that has not been made.
struct Lazy {
    shared: Arc<Shared>,
    call: Box<dyn instance::Call>,
    options: Options,
    /// The length of its arguments, if they are text.
    bytes: usize,
    name: Arc<str>,
}

/// What a function has returned, once its call has ended.
pub(super) struct Answer<R>(Mutex<Option<Result<R, Failure>>>);

impl<R> Answer<R> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(None)))
    }

    pub(super) fn set(&self, answer: Result<R, Failure>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    fn take(&self) -> Option<Result<R, Failure>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl<R> Call<R> {
    /// Creates a call that is made when it is first polled, and sets this answer.
    pub(super) fn new(
        shared: &Arc<Shared>,
        call: Box<dyn instance::Call>,
        answer: Arc<Answer<R>>,
        options: &Options,
        name: &Arc<str>,
        bytes: usize,
    ) -> Self {
        let (shared, options, name) = (Arc::clone(shared), options.clone(), Arc::clone(name));
        Self { state: State::Lazy(Lazy { shared, call, options, bytes, name }), answer }
    }

    /// Creates a call that cannot be made.
    pub(super) fn failed(failure: Failure) -> Self {
        Self { state: State::Failed(failure), answer: Answer::new() }
    }

    /// Makes the call, and blocks the thread until it has ended.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// # let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?.typed::<(String,), (u32,)>()?;
    /// assert_eq!(count.call(("to be".to_owned(),)).wait()?, (2,));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(self) -> Result<R, Failure> {
        futures_executor::block_on(self)
    }
}

impl Lazy {
    fn make(self) -> State {
        let Self { shared, call, options, bytes, name } = self;
        let Options { timeout, fresh, session } = options;
        let timeout = timeout.into_iter().chain(shared.timeout).min();
        let tree = shared.caller.tree();
        if !tree.has_room() {
            return State::Failed(Failure::Refused(format!("{} calls are in flight", tree.limits.jobs)));
        }
        let core = shared.next_core();
        if let Some(session) = session {
            return State::InSession(session.call(&shared.caller, core, call, timeout));
        }
        match tree.queue(bytes) {
            Ok(true) => {}
            Ok(false) => {
                tree.unqueue(bytes);
                let limit = tree.limits.queued;
                return State::Failed(Failure::Refused(format!("{limit} bytes of arguments are in flight")));
            }
            Err(excess) => return State::Failed(excess.into()),
        }
        let options = CallOptions { timeout, fresh };
        State::Calling(shared.caller.call_with(core, call, options, bytes, || name.to_string()))
    }
}

impl<R> Future for Call<R> {
    type Output = Result<R, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let State::Lazy(_) = this.state
            && let State::Lazy(lazy) = std::mem::replace(&mut this.state, State::Ended)
        {
            this.state = lazy.make();
        }
        let ended = match &mut this.state {
            State::Calling(call) => std::task::ready!(call.poll_end(context)),
            State::InSession(call) => std::task::ready!(call.poll_end(context)),
            State::Failed(_) | State::Lazy(_) | State::Ended => Ok(()),
        };
        let output = match (std::mem::replace(&mut this.state, State::Ended), ended) {
            (State::Failed(failure), _) => Err(failure),
            (State::Ended | State::Lazy(_), _) => panic!("a call was polled after it was ready"),
            (State::Calling(_) | State::InSession(_), Err(failure)) => Err(failure.into()),
            (State::Calling(_) | State::InSession(_), Ok(())) => {
                let unset = || Err(Failure::Refused("bug of the host: a call has no answer".to_owned()));
                this.answer.take().unwrap_or_else(unset)
            }
        };
        Poll::Ready(output)
    }
}

impl<R> fmt::Debug for Call<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}
