//! One guest: a job on its core, from the queue to its outcome.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use futures_util::FutureExt;

use super::admitted::Admitted;
use super::core::Core;
use super::headroom::Attempt;
use super::instance::{self, Instance, NotMade};
use super::local::{Kept, Local};
use super::printing::printing;
use super::running::MainEnd;
use super::stop::{run_unless_stopped, run_until_stop, stop_and_join};
use crate::job::account::Charge;
use crate::job::call::{self, Children, Failure, Job, Message};
use crate::job::current_job::CurrentJob;
use crate::job::outcome::Outcome;
use crate::job::tree::Tree;
use crate::load::compiled::Start;
use crate::observe::event::Event;
use crate::store::failure;

/// A guest that its core polls: main, or a job.
pub(super) struct Guest {
    future: Pin<Box<dyn Future<Output = ()>>>,
    core: Rc<Core>,
    run: u64,
    /// The kind of its job: the entry, or `None` for main.
    kind: Option<u32>,
    /// The tree and the name of the job, if an observer receives events of when it runs and when it is
    /// suspended.
    observed: Option<(Arc<Tree>, u64)>,
    is_suspended: bool,
}

/// The state of a guest after a poll.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Polled {
    Ended,
    /// It waits for its waker.
    Waits {
        /// Whether it has jobs to wait for.
        for_jobs: bool,
    },
    /// It has yielded and can continue to compute.
    Yielded {
        /// When its job began, in nanoseconds of the core's clock.
        began: u64,
        /// Its memory.
        bytes: u64,
    },
}

impl Guest {
    /// Creates a guest that runs a job taken from a queue.
    pub(super) fn new(admitted: Admitted) -> Self {
        let core = Rc::clone(&admitted.core);
        core.state.enter();
        let job = &admitted.job;
        let observed = job.spec.observed.as_ref().map(|observed| (Arc::clone(job.tree()), observed.name));
        let (id, kind) = (job.tree().id, job.spec.target.kind());
        let future: Pin<Box<dyn Future<Output = ()>>> =
            if kind.is_none() { Box::pin(main(admitted)) } else { Box::pin(run(admitted)) };
        Self { future, core, run: id, kind, observed, is_suspended: false }
    }

    /// Returns the number of its run.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    /// Returns the kind of the job that it runs now, or `None` if it is main.
    pub(super) fn kind(&self) -> Option<u32> {
        self.kind
    }

    fn tell(&self, event: impl FnOnce(u64, usize) -> Event) {
        if let Some((tree, name)) = &self.observed {
            tree.tell(|| event(*name, self.core.id));
        }
    }

    /// Polls the guest. A guest that has yielded continues only with the turn; without it, it only checks for
    /// a stop.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, has_turn: bool) -> Polled {
        if self.is_suspended {
            self.is_suspended = false;
            self.tell(|job, core| Event::Resumed { job, core });
        }
        self.core.state.yielding.set_turn(has_turn);
        self.core.state.set_kind(self.kind);
        if let Some((_, name)) = &self.observed {
            self.core.state.set_job(*name);
        }
        let polled = self.future.as_mut().poll(context);
        self.kind = self.core.state.kind();
        let name_now = self.core.state.job();
        if let Some((_, name)) = &mut self.observed {
            *name = name_now;
        }
        let yielded = self.core.state.yielding.take() && polled.is_pending();
        if polled.is_ready() {
            return Polled::Ended;
        }
        if self.observed.is_some() {
            self.tell(|job, core| Event::Suspended { job, core, yielded });
            self.is_suspended = true;
        }
        if !yielded {
            return Polled::Waits { for_jobs: self.core.state.yielding.awaits_jobs() };
        }
        let (began, bytes) = self.core.state.yielding.last();
        Polled::Yielded { began, bytes }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.core.state.leave();
    }
}

/// Runs a job that was taken from a queue. Hands the outcome to its parent when the instance is warm or
/// dropped, and everything that the job started is gone.
async fn run(admitted: Admitted) {
    let Some(message) = admitted.job.claim() else { return };
    let mut current = None;
    let outcome = {
        let run = run_claimed(&admitted.core, &admitted.job, message, &mut current);
        AssertUnwindSafe(run).catch_unwind().await
    };
    // The guest may have continued with another job in the same call; this is the last one.
    let last = current.and_then(|current| current.take());
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(panic) => {
            // The instance is gone. Its drop has stopped the jobs that this job started; wait for them.
            if let Some(children) = last.as_ref().unwrap_or(&admitted.job).adopted() {
                stop_and_join(&children).await;
            }
            Outcome::failure(failure::of_host(&*panic), admitted.job.tree().account())
        }
    };
    let first = admitted.give_back();
    last.unwrap_or(first).finish(outcome);
}

/// Runs main: `wasi:cli/run`. A panic of the host while it serves main ends only this run.
async fn main(admitted: Admitted) {
    let (core, job) = (&admitted.core, &admitted.job);
    if job.claim().is_none() {
        return;
    }
    let Some(local) = core.local(job) else { return job.finish(Failure::Cancelled.into()) };
    call::tell_start(job, core.id, true);
    let mut started = None;
    let served = AssertUnwindSafe(serve_main(core, job, &local, &mut started)).catch_unwind().await;
    let (end, outcome) = match served {
        Ok(ended) => ended,
        Err(panic) => {
            // The instance is gone, but the jobs it started are not.
            if let Some(children) = started {
                stop_and_join(&children).await;
            }
            (MainEnd::Broken(failure::text_of(&*panic).to_owned()), failure::of_host(&*panic).into())
        }
    };
    local.running.set_end(end);
    admitted.give_back().finish(outcome);
}

/// Runs main until it ends or is stopped, and then stops the jobs that it started and did not await.
async fn serve_main(
    core: &Core,
    job: &Arc<Job>,
    local: &Local,
    started: &mut Option<Arc<Children>>,
) -> (MainEnd, Outcome) {
    let app = &local.running.app;
    let mut store = instance::store(app, core.store_data(local), true);
    store.data_mut().begin(job);
    let (children, current) =
        (Arc::clone(store.data().jobs.children()), Arc::clone(store.data().jobs.current_job()));
    *started = Some(Arc::clone(&children));
    let _registered = core.headroom().add(&children);
    let (lines, core_state) = store.data().lines();
    let mut is_instantiated = false;
    let end = {
        let run = pin!(async {
            store.data().is_paid()?;
            match &app.start {
                Start::Main(main) => {
                    let command = main.instantiate_async(&mut store).await?;
                    is_instantiated = true;
                    command.wasi_cli_run().call_run(&mut store).await
                }
                Start::ConcurrentMain(main) => {
                    let command = main.instantiate_async(&mut store).await?;
                    is_instantiated = true;
                    // What it has spawned ends with it.
                    store.run_concurrent(async |store| command.wasi_cli_run().call_run(store).await).await?
                }
                _ => Err(wasmtime::Error::msg("a bug of the host: it was not loaded to run main")),
            }
        });
        let run = pin!(printing(run, &lines, &core_state.yielding, app.collects));
        run_unless_stopped(run, &current, &children).await
    };
    // The jobs that main did not await end before main does.
    stop_and_join(&children).await;
    let failed = match &end {
        Some(Err(error)) if is_instantiated => Some(failure::of_guest(error, store.data_mut())),
        Some(Err(error)) => Some(failure::of_instance(error, store.data_mut())),
        Some(Ok(_)) | None => None,
    };
    drop(store);
    let outcome = match &failed {
        Some(failure) => failure.clone().into(),
        None => Outcome::result(Vec::new(), Charge::default()),
    };
    (MainEnd::new(end, failed.as_ref()), outcome)
}

async fn run_claimed(
    core: &Core,
    job: &Arc<Job>,
    message: Message,
    current: &mut Option<Arc<CurrentJob>>,
) -> Outcome {
    let Some(local) = core.local(job) else { return Failure::Cancelled.into() };
    let mut kept = match core.instance(&local, job).await {
        Ok(kept) => kept,
        Err(failure) => return Outcome::failure(failure, job.tree().account()),
    };
    *current = Some(Arc::clone(kept.instance.current_job()));
    let (outcome, is_reusable) = kept.instance.run(job, message).await;
    if is_reusable && !Local::is_fresh(job) && !job.tree().is_short_of_memory() {
        core.keep(&local, kept);
    }
    outcome
}

impl Core {
    /// Returns a warm instance of this core, or a fresh one.
    async fn instance(&self, local: &Local, job: &Arc<Job>) -> Result<Kept, Failure> {
        let warm = if Local::is_fresh(job) { None } else { local.take_warm(job) };
        call::tell_start(job, self.id, warm.is_none());
        if let Some(kept) = warm {
            return Ok(kept.reuse(job));
        }
        let fresh = pin!(self.fresh(local, job));
        // If the job is stopped meanwhile, the failure is not read.
        run_until_stop(fresh, &CurrentJob::of(job)).await.unwrap_or(Err(Failure::Cancelled))
    }

    /// Creates a fresh instance, when there is room for it.
    async fn fresh(&self, local: &Local, job: &Arc<Job>) -> Result<Kept, Failure> {
        let headroom = self.headroom();
        let attempt = async || match Instance::new(&local.running.app, self.store_data(local), job).await {
            Ok(instance) => {
                let registered = headroom.add(instance.children());
                Attempt::Done(Ok(Kept::new(instance, registered)))
            }
            Err(NotMade { failure, for_want_of_room: true }) => Attempt::NoRoom(failure),
            Err(NotMade { failure, .. }) => Attempt::Done(Err(failure)),
        };
        headroom.make(attempt, || self.make_room()).await
    }
}
