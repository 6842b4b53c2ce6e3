//! One core: a thread that runs the guests on it, of whichever run, and takes a job when none of them
//! can go on.

use std::cell::{Cell, RefCell};
use std::future::{Future as _, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use scheduler::{Next, Slot};
use tokio::runtime::Runtime;

use super::guest::Guest;
use super::local::Local;
use super::{Shared, max_warm};
use crate::Error;
use crate::imports::jobs::JobsCtx;
use crate::instance::Instance;
use crate::job::Job;
use crate::state::{Gauge, State};
use crate::ticker::Ticker;

/// How long a core starts jobs before it looks at the guests that were woken meanwhile.
///
/// A parent is woken by each of its jobs. Looking at once would make a join of ten thousand short
/// jobs on one core look at all ten thousand after each of them.
const TURN: Duration = Duration::from_micros(200);

/// How long a core that computes keeps a job waiting that nobody else has taken.
///
/// Two long jobs side by side are both late, so this is longer than most jobs, and twice as long for
/// each that computes there already. But a job that never ends must not keep the others from ever
/// starting.
const QUANTUM: Duration = Duration::from_millis(10);

/// How long a core that has run out of jobs looks for more, and at its guests, before it sleeps.
///
/// Jobs that follow each other closely find it awake, and so does the outcome of one that ran elsewhere:
/// whoever has it is spared a system call, and they the time in which a sleeping CPU wakes, which is about
/// so long.
const ALERT: Duration = Duration::from_micros(50);

/// How long a thread for blocking operations is kept without one.
const KEEP_ALIVE: Duration = Duration::from_millis(100);

/// So often the quantum is doubled, at most.
const MAX_DOUBLINGS: u32 = 6;

/// A core, as its guests know it. It never leaves its thread.
pub(super) struct Core {
    pub(super) id: usize,
    shared: Arc<Shared>,
    pub(super) gauge: Arc<Gauge>,
    /// How many guests have given way and would rather go on.
    pub(super) runnable: Cell<usize>,
    /// The runs that had a guest here and are not over.
    locals: RefCell<Vec<Rc<Local>>>,
    /// How many runs had ended when those that are over were last looked for.
    ended: Cell<u64>,
    /// How many instances without a job it keeps.
    max_warm: usize,
    /// Whether there are more cores than CPUs.
    shares_its_cpu: bool,
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
            max_warm: max_warm(cores),
            shares_its_cpu,
            gauge: Arc::default(),
            runnable: Cell::new(0),
            locals: RefCell::default(),
            ended: Cell::new(0),
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
        let guests = FuturesUnordered::new();
        let core = Rc::clone(&self);
        let now = Instant::now();
        let mut turns = Turns { guests, core, began_to_compute: now, has_started: false, alert_until: now };
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
        let pinned = self.shared.cpus.pin(self.id, self.shared.scheduler.cores());
        pinned.map_err(|cause| Error::pin_core(self.id, cause))?;
        runtime().map_err(|cause| Error::start_core(self.id, cause))
    }

    /// The state of a new instance of this run on this core.
    pub(super) fn state(&self, local: &Local) -> State {
        let tree = Arc::clone(local.running.root.run());
        let jobs = JobsCtx::new(tree, Arc::clone(&self.shared.scheduler), self.id);
        State::new(local.running.template.grant(), jobs, Arc::clone(&self.gauge))
    }

    /// The run of a job that has been claimed, on this core. There is none only if the host gives up.
    pub(super) fn local(&self, job: &Job) -> Option<Rc<Local>> {
        let run = job.run().id;
        let mut locals = self.locals.borrow_mut();
        if let Some(local) = locals.iter().find(|local| local.is_of(run)) {
            return Some(Rc::clone(local));
        }
        let running = self.shared.runs().running.get(&run).map(Arc::clone)?;
        let local = Rc::new(Local::new(running));
        locals.push(Rc::clone(&local));
        Some(local)
    }

    /// Keeps an instance for the next job of its run. There may be only so many, of all runs.
    pub(super) fn keep(&self, local: &Local, instance: Instance) {
        local.keep(instance);
        let locals = self.locals.borrow();
        let warm = locals.iter().map(|local| local.warm()).sum::<usize>();
        if warm > self.max_warm
            && let Some(most) = locals.iter().max_by_key(|local| local.warm())
        {
            most.drop_oldest();
        }
    }

    /// Lets go of the runs that are over. Returns whether any may have been.
    fn clear_away(&self) -> bool {
        let ended = self.shared.ended.load(Ordering::SeqCst);
        if ended == self.ended.replace(ended) {
            return false;
        }
        self.locals.borrow_mut().retain(|local| !local.running.is_over());
        true
    }

    /// A job that may start on this core now, if there is one.
    fn take_job(self: &Rc<Self>) -> Option<Admitted> {
        let (job, slot) = self.shared.scheduler.take_job(self.id, admit)?;
        Some(self.admitted(job, slot))
    }

    fn admitted(self: &Rc<Self>, job: Arc<Job>, slot: Slot) -> Admitted {
        Admitted { core: Rc::clone(self), job, slot: Some(slot) }
    }
}

/// A slot for this job, if there is one.
fn admit(job: &Arc<Job>) -> Option<Slot> {
    job.run().slots.take(job.spec.depth)
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
        let slots = &self.job.run().slots;
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

/// How long a job waits for a core on which so many compute.
fn patience(computing: usize) -> Duration {
    let doublings =
        u32::try_from(computing.saturating_sub(1)).map_or(MAX_DOUBLINGS, |n| n.min(MAX_DOUBLINGS));
    QUANTUM * (1 << doublings)
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().thread_keep_alive(KEEP_ALIVE).build()
}

/// The turns of a core: guests that can go on, and when there are none, new jobs.
struct Turns {
    core: Rc<Core>,
    guests: FuturesUnordered<Guest>,
    /// When the last job was started that did not end or wait within its first tick.
    began_to_compute: Instant,
    /// Whether a job was started since the core last looked in vain for one.
    has_started: bool,
    /// Until when it goes on looking.
    alert_until: Instant,
}

impl Turns {
    /// Ready when the host has no more use for the core.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let core = Rc::clone(&self.core);
        let scheduler = &core.shared.scheduler;
        scheduler.stay_awake(core.id);
        let _computing = core.shared.ticker.as_ref().map(Ticker::computing);
        loop {
            while let Poll::Ready(Some(())) = self.guests.poll_next_unpin(context) {}
            if scheduler.is_shut_down() {
                return Poll::Ready(());
            }
            core.clear_away();
            if core.runnable.get() > 0 {
                // Guests that have given way to timers and sockets, which tokio looks at when we
                // return; then they go on.
                let is_out_of_patience = self.began_to_compute.elapsed() >= patience(core.runnable.get());
                match is_out_of_patience.then(|| core.take_job()).flatten() {
                    Some(next) => self.start(next, context),
                    None => return Poll::Pending,
                }
                continue;
            }
            if self.is_alert() {
                match core.take_job() {
                    Some(next) => self.start(next, context),
                    // tokio looks at timers and sockets, and we are back at once.
                    None => return pin!(tokio::task::yield_now()).poll(context),
                }
                continue;
            }
            match scheduler.poll_next(core.id, admit, context) {
                Poll::Ready(Next::Job(job, slot)) => self.start(core.admitted(job, slot), context),
                Poll::Ready(Next::ShutDown) => return Poll::Ready(()),
                // A run that ended before we were seen to sleep woke nobody: look again.
                Poll::Pending if core.clear_away() => scheduler.stay_awake(core.id),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Whether the core looks again before it sleeps. Not where cores share CPUs, which others could use.
    fn is_alert(&mut self) -> bool {
        if self.core.shares_its_cpu {
            return false;
        }
        let now = Instant::now();
        if std::mem::take(&mut self.has_started) {
            self.alert_until = now + ALERT;
        }
        now < self.alert_until
    }

    /// Starts this job and those behind it, for one turn, or until one turns out to be long.
    fn start(&mut self, first: Admitted, context: &mut Context<'_>) {
        let core = Rc::clone(&self.core);
        self.has_started = true;
        let computing = core.runnable.get();
        let began = Instant::now();
        core.gauge.begin_turn(TURN);
        let mut next = Some(first);
        while let Some(admitted) = next {
            let mut guest = Guest::new(admitted);
            if Pin::new(&mut guest).poll(context).is_pending() {
                // It waits, or has given way. Polled again in here, it finds its own waker.
                self.guests.push(guest);
            }
            if core.runnable.get() > computing {
                self.began_to_compute = began;
                return;
            }
            if core.gauge.is_turn_over() {
                return;
            }
            next = core.take_job();
        }
    }
}
