//! One core: a thread that runs the guests on it, and takes a job when none of them can go on.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use scheduler::{Next, Slot};
use tokio::runtime::Runtime;

use super::guest::{self, Guest};
use super::{MAX_WARM, MainEnd, Shared};
use crate::Error;
use crate::imports::jobs::JobsCtx;
use crate::instance::{self, Instance};
use crate::job::Job;
use crate::state::{Gauge, State};

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

/// So often the quantum is doubled, at most.
const MAX_DOUBLINGS: u32 = 6;

/// A core, as its guests know it. It never leaves its thread.
pub(super) struct Core {
    id: usize,
    pub(super) shared: Arc<Shared>,
    pub(super) gauge: Arc<Gauge>,
    /// How many guests have given way and would rather go on.
    pub(super) runnable: Cell<usize>,
    /// Instances that have ended a job well, the last used last.
    pub(super) warm: RefCell<Vec<Instance>>,
}

/// Starts the thread of a core.
pub(super) fn start(id: usize, shared: Arc<Shared>) -> Result<JoinHandle<Result<(), Error>>, Error> {
    let builder = std::thread::Builder::new().name(format!("core-{id}"));
    let body = move || Core::new(id, shared).run();
    builder.spawn(body).map_err(|cause| Error::start_core(id, cause))
}

/// Waits for the end of a core's thread.
pub(super) fn join<T>(thread: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
    thread.join().unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no text");
        Err(Error::host_bug(format!("a core panicked: {text}")))
    })
}

impl Core {
    fn new(id: usize, shared: Arc<Shared>) -> Rc<Self> {
        Rc::new(Self { id, shared, gauge: Arc::default(), runnable: Cell::new(0), warm: RefCell::default() })
    }

    /// Runs the guests of this core until the run is over.
    fn run(self: Rc<Self>) -> Result<(), Error> {
        let _end = EndOfAll(&self.shared);
        let pinned = self.shared.cpus.pin(self.id, self.shared.scheduler.cores());
        pinned.map_err(|cause| Error::pin_core(self.id, cause))?;
        let runtime = runtime().map_err(|cause| Error::start_core(self.id, cause))?;
        let guests = FuturesUnordered::new();
        let mut turns = Turns { guests, core: Rc::clone(&self), began_to_compute: Instant::now() };
        // tokio would let a turn look at 128 sockets and then call all others unready. A guest looks at
        // each that it waits for, and gives way by its ticks.
        runtime.block_on(tokio::task::unconstrained(poll_fn(|context| turns.poll(context))));
        // Stores are dropped within the runtime: what they hold may deregister from it.
        let _inside = runtime.enter();
        drop(turns);
        self.warm.borrow_mut().clear();
        Ok(())
    }

    /// The program itself: `wasi:cli/run`, and then the end of the run.
    async fn main(self: Rc<Self>, job: Arc<Job>, slot: HeldSlot) {
        if job.claim().is_none() {
            return self.shared.scheduler.shut_down();
        }
        let app = &self.shared.app;
        let mut store = instance::store(app, self.state());
        instance::begin(store.data_mut(), &job);
        let children = Arc::clone(store.data().jobs.children());
        let end = {
            let mut run = pin!(async {
                let command = app.command.instantiate_async(&mut store).await?;
                command.wasi_cli_run().call_run(&mut store).await
            });
            let run = pin!(instance::until_stopped(run.as_mut(), &job, &children));
            let no_reader = self.shared.template.output().stdout_closed();
            match select(run, pin!(no_reader)).await {
                Either::Left((Some(Ok(result)), _)) => MainEnd::Returned(result.is_ok()),
                Either::Left((Some(Err(error)), _)) => MainEnd::Trapped(error, None),
                Either::Left((None, _)) => MainEnd::Stopped,
                Either::Right(((), _)) => MainEnd::NoReader,
            }
        };
        // The jobs that main did not wait for end before it does.
        instance::end_all(&children).await;
        let end = match end {
            MainEnd::Trapped(error, _) => MainEnd::Trapped(error, store.data_mut().memory.take_denied()),
            end => end,
        };
        drop(store);
        drop(slot);
        *self.shared.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        job.finish(Ok(Vec::new()));
        self.shared.scheduler.shut_down();
    }

    /// The state of a new instance on this core.
    pub(super) fn state(&self) -> State {
        let tree = Arc::clone(self.shared.root.run());
        let jobs = JobsCtx::new(tree, Arc::clone(&self.shared.scheduler), self.id);
        State::new(self.shared.template.ctx(), jobs, Arc::clone(&self.gauge))
    }

    /// Keeps an instance for the next job.
    pub(super) fn keep(&self, instance: Instance) {
        let mut warm = self.warm.borrow_mut();
        if warm.len() < MAX_WARM {
            warm.push(instance);
        }
    }

    /// A job that may start on this core now, if there is one.
    fn take_job(self: &Rc<Self>) -> Option<(Arc<Job>, HeldSlot)> {
        self.shared.scheduler.take_job(self.id, |job| self.admit(job))
    }

    /// A slot for this job, if there is one.
    fn admit(self: &Rc<Self>, job: &Job) -> Option<HeldSlot> {
        let slot = self.shared.slots.take(job.spec.depth)?;
        Some(HeldSlot { core: Rc::clone(self), slot: Some(slot) })
    }
}

/// The place of a guest of this core among all those there may be. Dropping it gives it back.
pub(super) struct HeldSlot {
    core: Rc<Core>,
    slot: Option<Slot>,
}

impl Drop for HeldSlot {
    fn drop(&mut self) {
        let shared = &self.core.shared;
        if self.slot.take().is_some_and(|slot| shared.slots.give_back(slot)) {
            shared.scheduler.wake_all();
        }
    }
}

/// Ends the run when a core ends. It may have ended because it could not start, or in a panic: then
/// jobs in its queue would never run, and somebody waits for them.
struct EndOfAll<'a>(&'a Shared);

impl Drop for EndOfAll<'_> {
    fn drop(&mut self) {
        self.0.scheduler.shut_down();
    }
}

/// How long a job waits for a core on which so many compute.
fn patience(computing: usize) -> Duration {
    let doublings =
        u32::try_from(computing.saturating_sub(1)).map_or(MAX_DOUBLINGS, |n| n.min(MAX_DOUBLINGS));
    QUANTUM * (1 << doublings)
}

fn runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The turns of a core: guests that can go on, and when there are none, new jobs.
struct Turns {
    core: Rc<Core>,
    guests: FuturesUnordered<Guest>,
    /// When the last job was started that did not end or wait within its first tick.
    began_to_compute: Instant,
}

impl Turns {
    /// Ready when the run is over.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let core = Rc::clone(&self.core);
        let scheduler = &core.shared.scheduler;
        scheduler.stay_awake(core.id);
        let _computing = core.shared.ticker.computing();
        loop {
            while let Poll::Ready(Some(())) = self.guests.poll_next_unpin(context) {}
            if scheduler.is_shut_down() {
                return Poll::Ready(());
            }
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
            match scheduler.poll_next(core.id, |job| core.admit(job), context) {
                Poll::Ready(Next::Job(job, slot)) => self.start((job, slot), context),
                Poll::Ready(Next::ShutDown) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Starts this job and those behind it, for one turn, or until one turns out to be long.
    fn start(&mut self, first: (Arc<Job>, HeldSlot), context: &mut Context<'_>) {
        let core = Rc::clone(&self.core);
        let computing = core.runnable.get();
        let began = Instant::now();
        let mut next = Some(first);
        while let Some((job, slot)) = next {
            let mut guest = if job.spec.entry.is_some() {
                Guest::new(Rc::clone(&core), guest::run(Rc::clone(&core), job, slot))
            } else {
                Guest::new(Rc::clone(&core), Rc::clone(&core).main(job, slot))
            };
            if Pin::new(&mut guest).poll(context).is_pending() {
                // It waits, or has given way. Polled again in here, it finds its own waker.
                self.guests.push(guest);
            }
            if core.runnable.get() > computing {
                self.began_to_compute = began;
                return;
            }
            if began.elapsed() >= TURN {
                return;
            }
            next = core.take_job();
        }
    }
}
