//! A session: calls that run one after another in one instance, which keeps its state between them.
//!
//! A session is one call of the host's, which lasts as long as the session: it takes a slot, waits for requests,
//! and makes each in its instance. So the scheduler has no notion of sessions. The instance is lost if one of the
//! calls is stopped or traps, because nothing can be undone in it, and the session ends.

use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Either, Shared, select};
use tokio::sync::{mpsc, oneshot};
use wasmtime::{Store, component};

use super::instance::Call;
use super::service::{CallOptions, Caller};
use super::stop::stop_and_join;
use crate::job::call::Failure;
use crate::load::compiled::Compiled;
use crate::store::failure;
use crate::store::state::{Halt, State};

/// The calls of one instance. Dropping it stops the call that runs, and drops the instance.
pub(crate) struct Session {
    requests: mpsc::UnboundedSender<Request>,
    state: Mutex<Phase>,
}

enum Phase {
    /// There was no call yet. `None` only while the first one starts the session.
    New(Option<Box<Requests>>),
    /// It has started, and this is its end, for all its calls.
    Started(End),
}

type End = Shared<BoxFuture<'static, Failure>>;

/// A call for the instance of a session.
struct Request {
    call: Box<dyn Call>,
    timeout: Option<Duration>,
    /// Closed by the caller if it gives the call up.
    end: oneshot::Sender<Result<(), Failure>>,
}

/// A call in a session. Dropping it while it runs ends the session; otherwise the call is not made.
pub(crate) struct SessionCall {
    /// `None` when the session has ended without it.
    end: Option<oneshot::Receiver<Result<(), Failure>>>,
    of_session: End,
}

/// What the instance of a session does.
struct Requests(mpsc::UnboundedReceiver<Request>);

impl Session {
    /// Creates a session that has no instance yet.
    pub(crate) fn new() -> Self {
        let (requests, receiver) = mpsc::unbounded_channel();
        let state = Mutex::new(Phase::New(Some(Box::new(Requests(receiver)))));
        Self { requests, state }
    }

    /// Makes a call after those that were made before. The first one starts the session, on this core or on
    /// another that is free earlier.
    pub(crate) fn call(
        &self,
        caller: &Caller,
        core: usize,
        call: Box<dyn Call>,
        timeout: Option<Duration>,
    ) -> SessionCall {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Phase::New(requests) = &mut *state
            && let Some(requests) = requests.take()
        {
            let options = CallOptions { timeout: None, fresh: true };
            let mut calling = caller.call(core, requests, options, || "session".to_owned());
            let ended = async move { calling.end().await.err().unwrap_or(Failure::Cancelled) };
            *state = Phase::Started(ended.boxed().shared());
        }
        let of_session = match &*state {
            Phase::Started(end) => end.clone(),
            Phase::New(_) => ready(Failure::Cancelled).boxed().shared(),
        };
        drop(state);
        let (sender, end) = oneshot::channel();
        // It fails if the session has ended, whose end is the failure then.
        _ = self.requests.send(Request { call, timeout, end: sender });
        SessionCall { end: Some(end), of_session }
    }
}

impl SessionCall {
    /// Waits until the call has ended.
    pub(crate) fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Failure>> {
        if let Some(end) = &mut self.end {
            match std::task::ready!(Pin::new(end).poll(context)) {
                Ok(end) => return Poll::Ready(end),
                Err(_) => self.end = None,
            }
        }
        Pin::new(&mut self.of_session).poll(context).map(Err)
    }
}

impl Call for Requests {
    fn call<'a>(
        mut self: Box<Self>,
        store: &'a mut Store<State>,
        app: &'a Compiled,
        instance: &'a component::Instance,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let children = Arc::clone(store.data().jobs.children());
            while let Some(Request { call, timeout, mut end }) = self.0.recv().await {
                if end.is_closed() {
                    continue;
                }
                let ended = limited(call.call(store, app, instance), timeout, &mut end).await;
                stop_and_join(&children).await;
                match ended {
                    Ended::Returned(Ok(())) => _ = end.send(Ok(())),
                    Ended::Returned(Err(error)) => {
                        _ = end.send(Err(failure::of_guest(&error, store.data_mut())));
                        return Err(error);
                    }
                    Ended::TimedOut(after) => {
                        let nanoseconds = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
                        _ = end.send(Err(Failure::TimedOut(nanoseconds)));
                        return Err(Halt::Stopped.into());
                    }
                    Ended::GivenUp => return Err(Halt::Stopped.into()),
                }
            }
            Ok(())
        })
    }
}

/// How a call in a session ended.
enum Ended {
    Returned(wasmtime::Result<()>),
    TimedOut(Duration),
    GivenUp,
}

/// Runs a call until it ends, its time is over, or its caller gives it up.
async fn limited(
    call: impl Future<Output = wasmtime::Result<()>>,
    timeout: Option<Duration>,
    end: &mut oneshot::Sender<Result<(), Failure>>,
) -> Ended {
    let time_up = async {
        match timeout {
            Some(timeout) => {
                tokio::time::sleep(timeout).await;
                timeout
            }
            None => std::future::pending().await,
        }
    };
    let (time_up, given_up) = (pin!(time_up), pin!(end.closed()));
    match select(pin!(call), select(time_up, given_up)).await {
        Either::Left((returned, _)) => Ended::Returned(returned),
        Either::Right((Either::Left((after, _)), _)) => Ended::TimedOut(after),
        Either::Right((Either::Right(_), _)) => Ended::GivenUp,
    }
}
