//! An instance: a Store and the app instantiated in it, which runs one job after another.
//!
//! Main and jobs never share an instance: the constructors of the app would run twice.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{self, TypedFunc};

use super::printing::printing;
use super::stop::{run_unless_stopped, stop_and_join};
use crate::imports::jobs::message_too_large;
use crate::job::account::Charge;
use crate::job::account::Denied;
use crate::job::call::{Children, Failure, Job, Message};
use crate::job::current_job::CurrentJob;
use crate::job::lift::{Taken, paid_by};
use crate::job::outcome::Outcome;
use crate::job::tree::Tree;
use crate::load::compiled::Compiled;
use crate::load::types::{RunParameters, RunResult};
use crate::stdio::line::OpenLines;
use crate::store::core_state::CoreState;
use crate::store::failure;
use crate::store::state::State;
use crate::store::yielding::Yielding;

/// The bytes that all cores together may copy out of guests at a time without charging them first, besides a
/// tenth of the memory of the run. These are the lists and texts that a guest passes to WASI; everything that
/// it passes to `jobs` is charged.
const UNCHARGED: u64 = 32 << 20;

/// The least and the most of those bytes that one call may copy.
const LEAST_FUEL: usize = 1 << 20;
const MOST_FUEL: usize = 256 << 20;

/// An instance of an app that makes handles of its own resources may use the memory of the run divided by this
/// for them. The engine keeps these handles without notifying the host, so the instance pays for all in advance.
const HANDLES_PART: u64 = 1_024;

/// The least and the most of those handles. The most is the engine's own limit.
const LEAST_HANDLES: u64 = 4_096;
const MOST_HANDLES: u64 = 100_000;

/// The bytes that the engine keeps for a handle, with a table that has just doubled its capacity.
const HANDLE: u64 = 64;

/// The same for an app that uses concurrency, whose handles are also of streams, futures, and calls that have
/// not returned. The engine keeps more for these, and what they have read ahead.
const CONCURRENT_PART: u64 = 16;
const CONCURRENT_HANDLE: u64 = 2 << 10;

/// How many of those handles a job may have. More would make its instance dearer than its stack and its memory.
const HANDLES_OF_A_JOB: u64 = 1_024;

/// Creates a store for main or for jobs of this app, with its limits and the callback for ticks.
pub(crate) fn store(app: &Compiled, state: State, is_of_main: bool) -> Store<State> {
    let mut store = Store::new(&app.engine, state);
    let (memory, cores) = (store.data().tree().limits.memory, store.data().jobs.scheduler().cores() as u64);
    let fuel = memory.saturating_div(10).saturating_add(UNCHARGED) / cores.max(1);
    let fuel = usize::try_from(fuel).unwrap_or(usize::MAX).clamp(LEAST_FUEL, MOST_FUEL);
    store.set_hostcall_fuel(fuel.min(store.data().tree().limits.hostcall.unwrap_or(fuel)));
    store.data_mut().raise_price(app.footprint);
    if app.makes_handles || app.concurrency {
        let (part, each) =
            if app.concurrency { (CONCURRENT_PART, CONCURRENT_HANDLE) } else { (HANDLES_PART, HANDLE) };
        let handles = match app.concurrency && !is_of_main {
            true => HANDLES_OF_A_JOB,
            false => (memory / part / each).clamp(LEAST_HANDLES, MOST_HANDLES),
        };
        store.set_max_component_handles(usize::try_from(handles).unwrap_or(usize::MAX));
        store.data_mut().raise_price(handles * each);
    }
    State::watch(&mut store);
    store
}

/// The reason why an instance could not be created.
pub(crate) struct NotMade {
    /// The failure of the job that needed the instance.
    pub(crate) failure: Failure,
    /// Whether there was no room for it, but may be later.
    pub(crate) for_want_of_room: bool,
}

/// A call of an export, for a client outside of the app.
pub(crate) trait Call: Send {
    /// Calls the export in this instance of the app.
    fn call<'a>(
        self: Box<Self>,
        store: &'a mut Store<State>,
        app: &'a Compiled,
        instance: &'a component::Instance,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>>;
}

/// An instance of an app that runs jobs.
pub(crate) struct Instance {
    store: Store<State>,
    app: Arc<Compiled>,
    instance: component::Instance,
    /// The function that runs jobs, if the app has jobs.
    run: Option<TypedFunc<RunParameters, RunResult>>,
    lines: OpenLines,
    core: Arc<CoreState>,
}

impl Instance {
    /// Creates an instance for this job.
    pub(crate) async fn new(app: &Arc<Compiled>, state: State, job: &Arc<Job>) -> Result<Self, NotMade> {
        if app.worker.is_none() && job.spec.target.entry().is_some() {
            return Err(NotMade { failure: failure::no_worker(), for_want_of_room: false });
        }
        let mut store = store(app, state, false);
        store.data_mut().begin(job);
        if let Err(Denied(excess)) = store.data().is_paid() {
            return Err(NotMade { failure: Failure::OutOfMemory(excess), for_want_of_room: false });
        }
        let made = app.linked.instantiate_async(&mut store).await.and_then(|instance| {
            let run = app.worker.as_ref().map(|worker| instance.get_typed_func(&mut store, worker));
            Ok((instance, run.transpose()?))
        });
        match made {
            Ok((instance, run)) => {
                let (lines, core) = store.data().lines();
                Ok(Self { store, app: Arc::clone(app), instance, run, lines, core })
            }
            Err(error) => {
                let for_want_of_room = failure::is_for_want_of_room(&error);
                Err(NotMade { failure: failure::of_instance(&error, store.data_mut()), for_want_of_room })
            }
        }
    }

    /// Returns the children of the job that it runs.
    pub(crate) fn children(&self) -> &Arc<Children> {
        self.store.data().jobs.children()
    }

    /// Assigns another job to the instance.
    pub(crate) fn reuse(mut self, job: &Arc<Job>) -> Self {
        self.store.data_mut().begin(job);
        self
    }

    /// Returns the record of the job that it runs now.
    pub(crate) fn current_job(&self) -> &Arc<CurrentJob> {
        self.store.data().jobs.current_job()
    }

    /// Returns how much memory it has, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.store.data().memory.used()
    }

    /// Runs the job that the instance was created or reused for until it ends or is stopped, and the jobs
    /// that the guest continues with in the same call. Afterwards all jobs that these started are gone.
    ///
    /// Returns the outcome of the last job, and whether the instance can be used again.
    pub(crate) async fn run(&mut self, job: &Arc<Job>, message: Message) -> (Outcome, bool) {
        let (children, current) =
            (Arc::clone(self.store.data().jobs.children()), Arc::clone(self.current_job()));
        let entry = job.spec.target.entry().unwrap_or_default();
        let tree = Arc::clone(self.store.data().tree());
        let Self { store, app, instance, run, lines, core } = self;
        let watch = Watch { children: &children, current: &current, lines, core, collects: app.collects };
        let called = match (message, &*run) {
            (Message::Bytes(message), Some(run)) => {
                let call = pin!(run.call_async(&mut *store, (entry, message)));
                watch
                    .run(pin!(paid_by(&tree, call)))
                    .await
                    .map(|ended| ended.map(|(returned,)| returned.map_err(Failure::from)))
            }
            (Message::Bytes(_), None) => Some(Ok(Err(failure::no_worker()))),
            (Message::Call(call), _) => match call.downcast::<Box<dyn Call>>() {
                Ok(call) => {
                    let call = call.call(store, app, instance);
                    let ended = watch.run(pin!(call)).await;
                    ended.map(|ended| ended.map(|()| Ok(Taken::Bytes(Vec::new(), Charge::default()))))
                }
                Err(_) => Some(Err(wasmtime::Error::msg("a bug of the host: this is not a call"))),
            },
        };
        stop_and_join(&children).await;
        // What goes on would do so beside the next job.
        let is_idle = !app.concurrency || store.concurrent_state_table_size() == 0;
        let state = store.data_mut();
        state.end();
        match called {
            Some(Ok(Ok(taken))) => (result(taken, &tree), is_idle),
            Some(Ok(Err(failure))) => (Outcome::failure(failure, tree.account()), is_idle),
            Some(Err(error)) => (Outcome::failure(failure::of_guest(&error, state), tree.account()), false),
            None => (Failure::Cancelled.into(), false),
        }
    }
}

/// What is done whenever a call into an instance is polled.
struct Watch<'a> {
    children: &'a Children,
    current: &'a CurrentJob,
    lines: &'a OpenLines,
    core: &'a CoreState,
    collects: bool,
}

impl Watch<'_> {
    /// Runs a call until it ends, or its job has to stop.
    async fn run<F: Future>(&self, call: Pin<&mut F>) -> Option<F::Output> {
        let Self { children, current, lines, core, collects } = *self;
        let call = pin!(printing(call, lines, &core.yielding, collects));
        let call = pin!(noting_jobs(call, children, &core.yielding));
        run_unless_stopped(call, current, children).await
    }
}

/// Returns the outcome of a job whose call returned this value.
fn result(taken: Taken, tree: &Tree) -> Outcome {
    match taken {
        Taken::Bytes(bytes, charge) => Outcome::result(bytes, charge),
        Taken::TooLong(bytes) => message_too_large(tree, bytes).into(),
        Taken::NoMemory(excess) => Failure::OutOfMemory(excess).into(),
    }
}

/// Notes, whenever a guest waits, whether it has jobs to wait for.
fn noting_jobs<'a, F: Future>(
    mut call: Pin<&'a mut F>,
    children: &'a Children,
    yielding: &'a Yielding,
) -> impl Future<Output = F::Output> + 'a {
    poll_fn(move |context| {
        let polled = call.as_mut().poll(context);
        if polled.is_pending() && !yielding.has_yielded() {
            yielding.set_awaits_jobs(children.live() > 0);
        }
        polled
    })
}
