//! An instance: a Store and the app instantiated in it, for one job after the other.
//!
//! Main and jobs never share an instance: the constructors of the app would run twice.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::time::{sleep, sleep_until};
use wasmtime::Store;
use wasmtime::component::TypedFunc;

use crate::account::Denied;
use crate::app::{Compiled, RunParameters, RunResult, Worker};
use crate::event::Event;
use crate::failure;
use crate::imports::jobs::message_too_large;
use crate::job::{Children, Failure, Job, Outcome, Reason, Seat, Stop, stop};
use crate::lift::{Taken, paid_by};
use crate::output::OpenLines;
use crate::state::{Gauge, State};
use crate::tree::Tree;

/// All cores together may take so many bytes out of guests at a time that are not charged first, and a tenth
/// of what the run may have. These are the lists and texts that a guest hands to WASI; all that it hands to
/// `jobs` is charged.
const UNCHARGED: u64 = 32 << 20;

/// One call may take so many in any case, and no more than so many.
const LEAST_FUEL: usize = 1 << 20;
const MOST_FUEL: usize = 256 << 20;

/// What a job has to stop in that was asked so late that nothing of the grace time is left: its own jobs
/// took all of it. Most destructors take far less.
const LAST_WORDS: Duration = Duration::from_millis(2);

/// A store for this app, watched by the clock.
pub(crate) fn store(app: &Compiled, state: State) -> Store<State> {
    let mut store = Store::new(&app.engine, state);
    let (memory, cores) = (store.data().tree().limits.memory, store.data().jobs.scheduler().cores() as u64);
    let fuel = memory.saturating_div(10).saturating_add(UNCHARGED) / cores.max(1);
    store.set_hostcall_fuel(usize::try_from(fuel).unwrap_or(usize::MAX).clamp(LEAST_FUEL, MOST_FUEL));
    State::watch(&mut store);
    store
}

/// Why an instance could not be made.
pub(crate) struct NotMade {
    /// What that is for the job that was to have it.
    pub(crate) failure: Failure,
    /// Whether there was no room for it, but may be some later.
    pub(crate) for_want_of_room: bool,
}

/// An instance of an app that runs jobs.
pub(crate) struct Instance {
    store: Store<State>,
    run: TypedFunc<RunParameters, RunResult>,
    lines: OpenLines,
    gauge: Arc<Gauge>,
}

impl Instance {
    /// Makes one for this job.
    pub(crate) async fn new(app: &Compiled, state: State, job: &Arc<Job>) -> Result<Self, NotMade> {
        let Some(Worker { app: worker, run }) = &app.worker else {
            return Err(NotMade { failure: failure::no_worker(), for_want_of_room: false });
        };
        let mut store = store(app, state);
        store.data_mut().begin(job);
        if let Err(Denied(excess)) = store.data().is_paid() {
            return Err(NotMade { failure: Failure::OutOfMemory(excess), for_want_of_room: false });
        }
        let instance = worker.instantiate_async(&mut store).await;
        match instance.and_then(|instance| instance.get_typed_func(&mut store, run)) {
            Ok(run) => {
                let (lines, gauge) = store.data().lines();
                Ok(Self { store, run, lines, gauge })
            }
            Err(error) => {
                let for_want_of_room = failure::is_for_want_of_room(&error);
                Err(NotMade { failure: failure::of_instance(&error, store.data_mut()), for_want_of_room })
            }
        }
    }

    /// What it starts.
    pub(crate) fn children(&self) -> &Arc<Children> {
        self.store.data().jobs.children()
    }

    /// Makes it the instance of another job.
    pub(crate) fn reuse(mut self, job: &Arc<Job>) -> Self {
        self.store.data_mut().begin(job);
        self
    }

    /// Which job it runs by now.
    pub(crate) fn seat(&self) -> &Arc<Seat> {
        self.store.data().jobs.seat()
    }

    /// How much memory it has, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        self.store.data().memory.used()
    }

    /// Runs the job that it was made for, or reused, to its end, or to its stop, and those that the guest
    /// goes on with. Then all that the last of them started is gone, and all others are.
    ///
    /// Returns what the last has left behind, and whether the instance can be used again.
    pub(crate) async fn run(&mut self, job: &Arc<Job>, message: Vec<u8>) -> (Outcome, bool) {
        let (children, seat) = (Arc::clone(self.store.data().jobs.children()), Arc::clone(self.seat()));
        let entry = job.spec.entry.unwrap_or_default();
        let tree = Arc::clone(self.store.data().tree());
        let Self { store, run, lines, gauge } = self;
        let called = {
            let call = pin!(run.call_async(&mut *store, (entry, message)));
            let call = pin!(paid_by(&tree, call));
            let call = pin!(printing(call, lines, gauge));
            until_stopped(call, &seat, &children).await
        };
        end_all(&children).await;
        let state = store.data_mut();
        state.jobs.end();
        match called {
            Some(Ok((Ok(taken),))) => (result(taken, &tree), true),
            Some(Ok((Err(failure),))) => (Outcome::failure(failure.into(), tree.account()), true),
            Some(Err(error)) => (Outcome::failure(failure::of_guest(&error, state), tree.account()), false),
            None => (Failure::Cancelled.into(), false),
        }
    }
}

/// The outcome of a job that has returned this.
fn result(taken: Taken, tree: &Tree) -> Outcome {
    match taken {
        Taken::Bytes(bytes, charge) => Outcome::result(bytes, charge),
        Taken::TooLong(bytes) => message_too_large(tree.limits.message, bytes).into(),
        Taken::NoMemory(excess) => Failure::OutOfMemory(excess).into(),
    }
}

/// Writes the line that the guest has begun to print whenever it waits, and when it has ended. One
/// that only gives way goes on with its line.
pub(crate) fn printing<'a, F: Future>(
    mut call: Pin<&'a mut F>,
    lines: &'a OpenLines,
    gauge: &'a Gauge,
) -> impl Future<Output = F::Output> + 'a {
    poll_fn(move |context| {
        let polled = call.as_mut().poll(context);
        if polled.is_ready() || !gauge.has_given_way() {
            lines.release();
        }
        polled
    })
}

/// Polls the call of a guest until it has ended, or the job is stopped. `None` if it did not end by
/// itself.
///
/// What the job started is stopped first, while the job stands still. Then it is asked, if it
/// listens, and has what is left of the grace time to end.
pub(crate) async fn until_stopped<F: Future>(
    mut call: Pin<&mut F>,
    seat: &Seat,
    children: &Children,
) -> Option<F::Output> {
    if let Some(output) = until_stopping(call.as_mut(), seat).await {
        return Some(output);
    }
    let job = &seat.job()?;
    job.tree().tell(|| Event::Stopping { job: job.spec.name() });
    // Also if its jobs take all the time there is.
    let is_to_be_asked = deadline(job) > Instant::now();
    all_stopped(job, children).await;
    if !is_to_be_asked || !children.is_cooperative() {
        return None;
    }
    let least = Instant::now() + LAST_WORDS;
    children.request_stop(least);
    until_late(call, job, least).await
}

/// Stops what a job that is to stop has started, by when it is to have stopped itself, and waits for
/// the end of that.
async fn all_stopped(job: &Arc<Job>, children: &Children) {
    let mut told = None;
    poll_fn(|context| {
        // Also when the deadline has come nearer.
        _ = job.poll_stopping(context);
        let deadline = deadline(job);
        if told != Some(deadline) {
            told = Some(deadline);
            children.stop_all(Stop { reason: Reason::Forgotten, deadline });
        }
        children.poll_all_gone(context)
    })
    .await;
}

/// Polls the call of a guest that was asked to stop, until it has, or has had its time.
async fn until_late<F: Future>(mut call: Pin<&mut F>, job: &Arc<Job>, least: Instant) -> Option<F::Output> {
    let mut time_up = pin!(sleep_until(deadline(job).max(least).into()));
    poll_fn(|context| {
        _ = job.poll_stopping(context);
        let deadline = deadline(job).max(least).into();
        if time_up.deadline() != deadline {
            time_up.as_mut().reset(deadline);
        }
        match call.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => time_up.as_mut().poll(context).map(|()| None),
        }
    })
    .await
}

/// By when a job that is to stop is to have stopped.
fn deadline(job: &Job) -> Instant {
    job.stop_deadline().unwrap_or_else(Instant::now)
}

/// Polls a future until it is ready, or its job is to stop. A job that has had its time is.
///
/// Which job that is may change while the future is polled. One with a limit of time is followed by none.
pub(crate) async fn until_stopping<F: Future>(mut future: Pin<&mut F>, seat: &Seat) -> Option<F::Output> {
    let timeout = seat.ask(|job| job.spec.timeout).flatten();
    let mut time_up = timeout.map(|timeout| (timeout, Box::pin(sleep(timeout))));
    poll_fn(|context| {
        if seat.ask(|job| job.is_stopping()).unwrap_or(true) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(Some(output));
        }
        if let Some((timeout, timer)) = &mut time_up
            && timer.as_mut().poll(context).is_ready()
            && let Some(job) = seat.job()
        {
            job.stop(stop(job.tree(), Reason::TimedOut(*timeout)));
        }
        seat.ask(|job| job.poll_stopping(context)).unwrap_or(Poll::Ready(())).map(|()| None)
    })
    .await
}

/// Stops what a job started and did not wait for, and waits for the end of that.
pub(crate) async fn end_all(children: &Children) {
    if children.live() > 0 {
        children.stop_all(stop(children.tree(), Reason::Forgotten));
        all_gone(children).await;
    }
}

async fn all_gone(children: &Children) {
    poll_fn(|context| children.poll_all_gone(context)).await;
}
