//! One core: a thread with the guests on it, of whichever run, and what they need of it.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::thread::JoinHandle;
use std::time::Duration;

use scheduler::Slot;
use tokio::runtime::Runtime;
use wasmtime::Engine;

use super::Shared;
use super::headroom::Headroom;
use super::local::{Kept, Local};
use super::turns::Turns;
use crate::Error;
use crate::account::{Trims, trim};
use crate::imports::jobs::JobsCtx;
use crate::job::Job;
use crate::state::{Gauge, State};

/// How long a thread for blocking operations is kept without one.
const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// A core, as its guests know it. It never leaves its thread.
pub(super) struct Core {
    pub(super) id: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) gauge: Arc<Gauge>,
    /// The runs that had a guest here and are not over.
    locals: RefCell<Vec<Rc<Local>>>,
    /// How many runs had ended when those that are over were last looked for.
    ended: Cell<u64>,
    /// When it last gave free memory back to the system.
    trims: RefCell<Trims>,
    /// Whether there are more cores than CPUs.
    pub(super) shares_its_cpu: bool,
}

/// Starts the thread of a core, which says when it is ready, or why it never will be.
pub(super) fn start(
    id: usize,
    shared: Arc<Shared>,
    ready: Sender<Result<(), Error>>,
) -> Result<JoinHandle<()>, Error> {
    let builder = std::thread::Builder::new().name(format!("core-{id}"));
    let body = move || Core::new(id, shared).run(&ready);
    builder.spawn(body).map_err(|cause| Error::start_core(id, cause))
}

impl Core {
    fn new(id: usize, shared: Arc<Shared>) -> Rc<Self> {
        let cores = shared.scheduler.cores();
        let shares_its_cpu = shared.cpus.are_shared_by(cores);
        Rc::new(Self {
            id,
            shared,
            shares_its_cpu,
            gauge: Arc::default(),
            locals: RefCell::default(),
            ended: Cell::new(0),
            trims: RefCell::new(Trims::new()),
        })
    }

    /// Runs the guests of this core until the host has no more use for it.
    fn run(self: Rc<Self>, ready: &Sender<Result<(), Error>>) {
        let _end = EndOfAll(&self.shared);
        let prepared = self.prepare();
        let runtime = match prepared {
            Ok(runtime) => runtime,
            // Whoever starts the host hears it, or has heard the same of another core.
            Err(error) => {
                _ = ready.send(Err(error));
                return;
            }
        };
        _ = ready.send(Ok(()));
        let mut turns = Turns::new(Rc::clone(&self));
        // tokio would let a turn look at 128 sockets and then call all others unready. A guest looks at
        // each that it waits for, and gives way by its ticks.
        runtime.block_on(tokio::task::unconstrained(poll_fn(|context| turns.poll(context))));
        // Stores are dropped within the runtime: what they hold may deregister from it.
        let inside = runtime.enter();
        drop(turns);
        self.locals.borrow_mut().clear();
        drop(inside);
        // A thread that is blocked by a file may stay so for ever.
        runtime.shutdown_background();
    }

    fn prepare(&self) -> Result<Runtime, Error> {
        // A core that moves between CPUs is slower now and then, and that is all.
        if let Err(error) = self.shared.cpus.pin(self.id, self.shared.scheduler.cores()) {
            let id = self.id;
            self.shared.unbound.call_once(|| tracing::warn!("cannot bind core {id} to a CPU: {error}"));
        }
        // What the engine keeps for each thread it would make in the first call, and panic if it cannot.
        std::panic::catch_unwind(Engine::tls_eager_initialize)
            .map_err(|_| Error::start_core(self.id, std::io::ErrorKind::OutOfMemory.into()))?;
        runtime().map_err(|cause| Error::start_core(self.id, cause))
    }

    /// The state of a new instance of this run on this core.
    pub(super) fn state(&self, local: &Local) -> State {
        let tree = Arc::clone(local.running.root.tree());
        let jobs = JobsCtx::new(tree, Arc::clone(&self.shared.scheduler), self.id);
        State::new(local.running.template.grant(), jobs, Arc::clone(&self.gauge))
    }

    /// The run of a job that has been claimed, on this core. There is none only if the host gives up.
    pub(super) fn local(&self, job: &Job) -> Option<Rc<Local>> {
        let run = job.tree().id;
        let mut locals = self.locals.borrow_mut();
        if let Some(local) = locals.iter().find(|local| local.is_of(run)) {
            return Some(Rc::clone(local));
        }
        let running = self.shared.runs().running.get(&run).map(Arc::clone)?;
        let local = Rc::new(Local::new(running));
        locals.push(Rc::clone(&local));
        Some(local)
    }

    pub(super) fn headroom(&self) -> &Arc<Headroom> {
        &self.shared.headroom
    }

    /// Drops the instances without a job, here at once and on every other core before it sleeps: a job has
    /// no room.
    pub(super) fn make_room(&self) {
        self.drop_warm();
        self.shared.scheduler.wake_all();
    }

    fn drop_warm(&self) {
        self.locals.borrow().iter().for_each(|local| local.drop_warm());
    }

    /// Keeps an instance for the next job of its run. There may be only so many, of all runs, and none while
    /// a job has no room for one.
    pub(super) fn keep(&self, local: &Local, kept: Kept) {
        if self.headroom().is_wanted() {
            return;
        }
        local.keep(kept);
        let locals = self.locals.borrow();
        let warm = locals.iter().map(|local| local.warm()).sum::<usize>();
        if warm > self.shared.max_warm
            && let Some(most) = locals.iter().max_by_key(|local| local.warm())
        {
            most.drop_oldest();
        }
    }

    /// Lets go of the runs that are over. Returns whether any may have been.
    pub(super) fn clear_away(&self) -> bool {
        if self.headroom().is_wanted() {
            self.drop_warm();
        }
        let ended = self.shared.ended.load(Ordering::SeqCst);
        if ended == self.ended.replace(ended) {
            return false;
        }
        self.locals.borrow_mut().retain(|local| !local.running.is_over());
        true
    }

    /// Gives free memory back to the system, if a run is short of it and has freed some.
    pub(super) fn trim(&self) {
        if self.trims.borrow_mut().is_due() {
            trim();
        }
    }

    pub(super) fn admitted(self: &Rc<Self>, job: Arc<Job>, slot: Slot) -> Admitted {
        Admitted { core: Rc::clone(self), job, slot: Some(slot) }
    }
}

/// A job that was taken from a queue, with its place among all those that there may be at a time.
/// Dropping it gives that back.
pub(super) struct Admitted {
    pub(super) core: Rc<Core>,
    pub(super) job: Arc<Job>,
    slot: Option<Slot>,
}

impl Admitted {
    /// Gives the place back, and leaves the job.
    pub(super) fn give_back(mut self) -> Arc<Job> {
        self.free();
        Arc::clone(&self.job)
    }

    fn free(&mut self) {
        let slots = &self.job.tree().slots;
        if self.slot.take().is_some_and(|slot| slots.give_back(slot)) {
            self.core.shared.scheduler.wake_all();
        }
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.free();
    }
}

/// Ends all cores when one ends, whether it was told to, could not start, or panicked.
struct EndOfAll<'a>(&'a Shared);

impl Drop for EndOfAll<'_> {
    fn drop(&mut self) {
        let panic = std::thread::panicking().then(|| Error::host_bug("a core panicked"));
        self.0.give_up(panic);
    }
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().thread_keep_alive(KEEP_ALIVE).build()
}
