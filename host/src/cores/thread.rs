//! One core: a thread that runs the guests on it, and takes a job when none of them can go on.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use tokio::runtime::Runtime;

use super::guest::{self, Guest};
use super::{MAX_WARM, MainEnd, Shared};
use crate::Error;
use crate::imports::jobs::JobsCtx;
use crate::instance::{self, Instance};
use crate::job::Job;
use crate::scheduler::Work;
use crate::state::{Gauge, State};

/// How long a core starts jobs before it looks at the guests that were woken meanwhile.
///
/// A parent is woken by each of its jobs. Looking at once would make a join of ten thousand short
/// jobs on one core look at all ten thousand after each of them.
const TURN: Duration = Duration::from_micros(200);

/// How long a core that computes keeps a job waiting that nobody else has taken.
///
/// Two long jobs side by side are both late, so this is longer than most jobs. But a job that
/// never ends must not keep the others from ever starting.
const PATIENCE: Duration = Duration::from_millis(500);

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
    spawn(id, move || Core::new(id, shared).run(None))
}

/// Starts the thread of core 0, which ends with main.
pub(super) fn start_main(shared: Arc<Shared>) -> Result<JoinHandle<Result<MainEnd, Error>>, Error> {
    spawn(0, move || {
        let ended = Rc::new(RefCell::new(None));
        let core = Core::new(0, shared);
        let main = Rc::clone(&core).main(Rc::clone(&ended));
        let guest = Guest::new(Rc::clone(&core), main);
        core.run(Some(guest))?;
        let ended = ended.borrow_mut().take();
        ended.ok_or_else(|| Error::host_bug("core 0 ended before main"))
    })
}

fn spawn<T: Send + 'static>(
    id: usize,
    body: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<JoinHandle<Result<T, Error>>, Error> {
    let builder = std::thread::Builder::new().name(format!("core-{id}"));
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
    fn run(self: Rc<Self>, main: Option<Guest>) -> Result<(), Error> {
        let pinned = self.shared.cpus.pin(self.id, self.shared.scheduler.cores());
        pinned.map_err(|cause| Error::pin_core(self.id, cause))?;
        let runtime = runtime().map_err(|cause| Error::start_core(self.id, cause))?;
        let guests = main.into_iter().collect();
        let mut turns = Turns { guests, core: Rc::clone(&self), began_to_compute: Instant::now() };
        let _end = EndIfPanicking(&self.shared);
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
    async fn main(self: Rc<Self>, ended: Rc<RefCell<Option<MainEnd>>>) {
        let app = &self.shared.app;
        let mut store = instance::store(app, self.state());
        let run = async {
            let command = app.command.instantiate_async(&mut store).await?;
            command.wasi_cli_run().call_run(&mut store).await
        };
        let no_reader = self.shared.template.output().stdout_closed();
        let end = match select(pin!(run), pin!(no_reader)).await {
            Either::Left((Ok(result), _)) => MainEnd::Returned(result.is_ok()),
            Either::Left((Err(error), _)) => MainEnd::Stopped(error),
            Either::Right(((), _)) => MainEnd::NoReader,
        };
        *ended.borrow_mut() = Some(end);
        // The jobs that main did not wait for end with its store.
        drop(store);
        self.shared.scheduler.shut_down();
    }

    /// The state of a new instance on this core.
    pub(super) fn state(&self) -> State {
        let jobs = JobsCtx::new(Arc::clone(&self.shared.scheduler), self.id);
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
    fn take_job(&self) -> Option<Arc<Job>> {
        self.shared.scheduler.take_job(self.id, |job| self.admits(job))
    }

    fn admits(&self, job: &Job) -> bool {
        self.shared.slots.admit(job.depth)
    }

    pub(super) fn take_slot(&self) -> Slot<'_> {
        self.shared.slots.take();
        Slot(&self.shared)
    }
}

/// Ends the run when a core panics: a job of its may have been lost, and somebody waits for that.
struct EndIfPanicking<'a>(&'a Shared);

impl Drop for EndIfPanicking<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.scheduler.shut_down();
        }
    }
}

/// The place of a guest among those there may be.
pub(super) struct Slot<'a>(&'a Shared);

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        if self.0.slots.give_back() {
            self.0.scheduler.wake_all();
        }
    }
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
                let is_out_of_patience = self.began_to_compute.elapsed() >= PATIENCE;
                match is_out_of_patience.then(|| core.take_job()).flatten() {
                    Some(job) => self.start(job, context),
                    None => return Poll::Pending,
                }
                continue;
            }
            match scheduler.poll_work(core.id, |job| core.admits(job), context) {
                Poll::Ready(Work::Job(job)) => self.start(job, context),
                Poll::Ready(Work::ShutDown) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Starts this job and those behind it, for one turn, or until one turns out to be long.
    fn start(&mut self, first: Arc<Job>, context: &mut Context<'_>) {
        let core = Rc::clone(&self.core);
        let computing = core.runnable.get();
        let began = Instant::now();
        let mut next = Some(first);
        while let Some(job) = next {
            let mut guest = Guest::new(Rc::clone(&core), guest::run(Rc::clone(&core), job));
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
