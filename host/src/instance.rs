//! An instance: a Store and the app instantiated in it, for one job after the other.
//!
//! Main and jobs never share an instance: the constructors of the app would run twice.

use std::sync::Arc;

use wasmtime::Store;

use crate::app::App;
use crate::bindings::Parallel;
use crate::failure;
use crate::imports::jobs::{MAX_MESSAGE, message_too_large};
use crate::job::{Failure, Job, Outcome};
use crate::state::State;

/// The most bytes that one host call may take out of a guest: a message, and some room.
const HOSTCALL_FUEL: usize = MAX_MESSAGE + (64 << 20);

/// A store for this app, watched by the clock.
pub(crate) fn store(app: &App, state: State) -> Store<State> {
    let mut store = Store::new(&app.engine, state);
    store.set_hostcall_fuel(HOSTCALL_FUEL);
    State::watch(&mut store);
    store
}

/// An instance of an app that runs jobs.
pub(crate) struct Instance {
    store: Store<State>,
    exports: Parallel,
}

impl Instance {
    pub(crate) async fn new(app: &App, state: State) -> wasmtime::Result<Self> {
        let worker = app.worker.as_ref();
        let worker = worker.ok_or_else(|| wasmtime::format_err!("the app does not export `worker`"))?;
        let mut store = store(app, state);
        let exports = worker.instantiate_async(&mut store).await?;
        Ok(Self { store, exports })
    }

    /// Runs a job to its end. After a failure of the guest itself the instance is of no more use:
    /// see [`is_broken`].
    pub(crate) async fn run(&mut self, job: &Arc<Job>, message: &[u8]) -> Outcome {
        let state = self.store.data_mut();
        state.job = Some(Arc::clone(job));
        state.jobs.depth = job.depth;
        state.jobs.panic = None;
        let worker = self.exports.parallel_futures_worker();
        let called = worker.call_run(&mut self.store, job.entry, message).await;
        let state = self.store.data_mut();
        state.job = None;
        // What the job has started and not waited for ends with it.
        state.jobs.cancel_all();
        match called {
            Ok(Ok(result)) if result.len() > MAX_MESSAGE => Err(message_too_large(result.len())),
            Ok(outcome) => outcome,
            Err(error) => Err(failure::of_guest(&error, state.jobs.panic.take())),
        }
    }
}

/// Whether the instance that ended a job like this must not be used again.
pub(crate) fn is_broken(outcome: &Outcome) -> bool {
    match outcome {
        Ok(_) => false,
        // These two the guest returned as values.
        Err(Failure::BadMessage(_) | Failure::Refused(_) | Failure::MessageTooLarge(_)) => false,
        Err(_) => true,
    }
}
