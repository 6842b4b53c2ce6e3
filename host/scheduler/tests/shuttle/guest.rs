//! A guest: what it does, and how it is run and stopped, as in the host.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use scheduler::{Queued as _, Stop};

use crate::clock::{Sleep, sleep_until};
use crate::cores::{Core, HeldSlot, either, yield_now};
use crate::ledger::{Children, Exit, Job, Model, Outcome, Reason, Sight, Spec, TREE, saw};
use crate::{MAX_DEPTH, World, flip, random};

/// How long a job may take that was requested to stop.
const GRACE: u32 = 3;

/// The behaviour of a guest, in place of a program.
pub(crate) struct Script {
    /// How many jobs it starts at a time.
    rounds: Vec<usize>,
    /// How it waits for them.
    wait: Wait,
    /// For how many ticks it computes before and after it starts jobs.
    ticks: usize,
    /// Whether it ends when it is requested to.
    is_obedient: bool,
    /// Whether it goes on until it is stopped, as a server does.
    is_endless: bool,
    end: Exit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// For all outcomes.
    All,
    /// For the first outcome; then it drops the others.
    Race,
    /// For one job, by its number; then for all.
    One,
    /// For the end of a job that it has dropped; then for all.
    Stopped,
    /// Not at all: it returns or traps with jobs alive.
    Not,
}

impl Script {
    /// Creates a script for a job of this depth. Deep jobs start fewer jobs, or nearly all would be leaves.
    pub(crate) fn random(depth: u32, is_endless: bool) -> Self {
        let jobs = |depth: u32| match depth {
            0 => random(2, 5),
            1 => random(0, 4),
            2 => [0, 0, 0, 2][random(0, 4)],
            // These are too deep, and will be refused.
            _ => usize::from(random(0, 8) == 0),
        };
        Self {
            rounds: (0..random(1, 3)).map(|_| jobs(depth)).collect(),
            wait: [Wait::All, Wait::All, Wait::Race, Wait::One, Wait::Stopped, Wait::Not][random(0, 6)],
            ticks: random(0, 8).saturating_sub(5),
            is_obedient: flip(),
            is_endless,
            end: [Exit::Done, Exit::Done, Exit::Failed, Exit::Trapped][random(0, 4)],
        }
    }
}

/// An instance, for one job after the other.
pub(crate) struct Instance {
    children: Arc<Children>,
    world: Arc<World>,
}

impl Drop for Instance {
    /// Stops the jobs of an instance, which it may still have when its core ends.
    fn drop(&mut self) {
        self.children.stop_all(forgotten(&self.world));
    }
}

/// Runs a job that was taken from a queue, and reports its end when everything is given back.
pub(crate) async fn run(core: &Core, job: &Arc<Job>, slot: HeldSlot) {
    let Some(script) = job.claim() else { return saw(Sight::Stale) };
    let world = &core.world;
    world.ledger.begins(job.spec.id);
    let warm = core.warm.borrow_mut().pop();
    let instance = warm.unwrap_or_else(|| Instance {
        children: Children::new(Arc::clone(&world.ledger)),
        world: Arc::clone(world),
    });
    let children = &instance.children;
    job.adopt(children);
    let current = RefCell::new(Arc::clone(job));
    let called =
        run_until_stopped(pin!(call(core, &current, children, script)), world, &current, children).await;
    // The last one, if the guest has gone on with others.
    let job = current.into_inner();
    let id = job.spec.id;
    // Stops what the job started and did not wait for.
    if children.live() > 0 {
        saw(Sight::LeftJobs);
        children.stop_all(forgotten(world));
        poll_fn(|context| children.poll_all_gone(context)).await;
    }
    children.clear();
    // The outcome of a job that was stopped is not reported.
    let end = called.unwrap_or(Exit::Trapped);
    if matches!(end, Exit::Done | Exit::Failed) {
        core.warm.borrow_mut().push(instance);
    } else {
        drop(instance);
    }
    world.ledger.ends(id, job.is_stopping());
    drop(slot);
    job.finish(Outcome { id, end });
}

/// Polls the call of a guest until it has ended or is stopped: first what it has started, then itself.
async fn run_until_stopped(
    mut call: Pin<&mut impl Future<Output = Exit>>,
    world: &Arc<World>,
    current: &RefCell<Arc<Job>>,
    children: &Children,
) -> Option<Exit> {
    let timeout = current.borrow().spec.timeout;
    let mut time_up = timeout.map(|timeout| sleep_until(world, world.clock.now() + timeout));
    let ended = poll_fn(|context| {
        if current.borrow().is_stopping() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(end) = call.as_mut().poll(context) {
            return Poll::Ready(Some(end));
        }
        if time_up.as_mut().is_some_and(|timer: &mut Sleep| Pin::new(timer).poll(context).is_ready()) {
            current.borrow().stop(Stop { reason: Reason::TimedOut, deadline: world.clock.now() + GRACE });
        }
        current.borrow().poll_stopping(context).map(|()| None)
    })
    .await;
    if ended.is_some() {
        return ended;
    }
    let now = world.clock.now();
    let deadline = current.borrow().stop_deadline().unwrap_or(now);
    children.stop_all(Stop { reason: Reason::Forgotten, deadline });
    poll_fn(|context| children.poll_all_gone(context)).await;
    if now >= deadline || !children.is_cooperative() {
        return None;
    }
    children.request_stop(now);
    saw(Sight::StopRequested);
    let in_time = async { Some(call.await) };
    let late = async {
        sleep_until(world, deadline).await;
        saw(Sight::TooLate);
        None
    };
    either(in_time, late).await
}

/// Follows the script, and those of the jobs that the guest goes on with, as `take_next` of the host has it.
async fn call(
    core: &Core,
    current: &RefCell<Arc<Job>>,
    children: &Arc<Children>,
    mut script: Script,
) -> Exit {
    loop {
        let job = Arc::clone(&current.borrow());
        let end = act(core, &job, children, &script).await;
        if end != Exit::Done || flip() {
            return end;
        }
        let Some((next, its_script)) = take_next(core, &job, children) else { return end };
        let (world, id) = (&core.world, job.spec.id);
        children.clear();
        world.ledger.ends(id, job.is_stopping());
        job.finish(Outcome { id, end });
        saw(Sight::Continued);
        world.ledger.begins(next.spec.id);
        next.adopt(children);
        *current.borrow_mut() = next;
        script = its_script;
    }
}

/// Takes the job that this core would start next, if it can have the slot and the instance of one that ends.
fn take_next(core: &Core, job: &Arc<Job>, children: &Children) -> Option<(Arc<Job>, Script)> {
    if job.is_stopping() || children.live() > 0 || job.spec.timeout.is_some() {
        return None;
    }
    let is_fit = |next: &Arc<Job>| next.spec.depth == job.spec.depth && next.spec.timeout.is_none();
    loop {
        let next = core.world.scheduler.take_first_if(core.id, TREE, is_fit)?;
        match next.claim() {
            Some(script) => return Some((next, script)),
            None => saw(Sight::Stale),
        }
    }
}

async fn act(core: &Core, job: &Arc<Job>, children: &Arc<Children>, script: &Script) -> Exit {
    let mut jobs = Jobs { core, job, children, open: BTreeMap::new() };
    for &started in &script.rounds {
        compute(core, script.ticks).await;
        let are_left = script.wait == Wait::Not && !script.is_endless;
        (0..started).for_each(|_| jobs.start(are_left));
        compute(core, script.ticks).await;
        jobs.wait(script).await;
        if children.is_stop_requested() {
            jobs.drop_all();
            return Exit::Failed;
        }
    }
    if script.is_endless {
        while !children.is_stop_requested() {
            jobs.hear().await;
        }
        jobs.end_if_requested(script).await;
        return Exit::Failed;
    }
    script.end
}

/// Computes for some ticks, and sometimes yields.
async fn compute(core: &Core, ticks: usize) {
    for _ in 0..ticks {
        core.world.scheduler.mark_overdue(core.id);
        if flip() {
            yield_now(core).await;
        }
    }
}

/// The jobs of a guest, as it knows them.
struct Jobs<'a> {
    core: &'a Core,
    /// The job that the guest runs.
    job: &'a Arc<Job>,
    children: &'a Arc<Children>,
    /// The jobs that it has neither dropped nor taken the outcome of, by number.
    open: BTreeMap<u32, Arc<Job>>,
}

impl Jobs<'_> {
    /// Starts a job. It may be an endless one if the clock will stop it, or its parent by its own end.
    ///
    /// It may not be endless if its parent will only drop it after another has ended: it could hold the slot that
    /// the other needs.
    fn start(&mut self, is_left: bool) {
        let (world, depth) = (&self.core.world, self.job.spec.depth + 1);
        let id = world.ledger.starts(Some(self.job.spec.id));
        let timeout = (random(0, 6) == 0).then(|| random(0, 6) as u32);
        let may_be_endless = timeout.is_some() || is_left;
        let script = Script::random(depth, may_be_endless && flip());
        let child = self.children.add(Spec { id, depth, timeout }, script);
        let before = self.open.insert(child.number(), Arc::clone(&child));
        assert!(before.is_none(), "two jobs have one number");
        if depth > MAX_DEPTH || self.job.is_stopping() {
            child.finish(Outcome { id, end: Exit::Refused });
        } else {
            world.scheduler.push(self.core.id, child);
        }
    }

    /// Drops the future of a job.
    fn drop(&mut self, number: u32) -> Option<Arc<Job>> {
        self.open.remove(&number)?;
        let job = self.children.forget(number)?;
        self.core.world.ledger.is_forgotten(job.spec.id);
        job.stop(forgotten(&self.core.world));
        if job.is_stale() {
            saw(Sight::DroppedBefore);
            self.core.world.scheduler.count_stale(self.core.id);
        }
        Some(job)
    }

    fn drop_all(&mut self) {
        let open: Vec<u32> = self.open.keys().copied().collect();
        open.into_iter().for_each(|number| drop(self.drop(number)));
    }

    /// Returns a random open job.
    fn any(&self) -> Option<u32> {
        if self.open.is_empty() { None } else { self.open.keys().copied().nth(random(0, self.open.len())) }
    }

    async fn wait(&mut self, script: &Script) {
        match script.wait {
            Wait::Not => return,
            Wait::All => {}
            Wait::Race => {
                if !self.open.is_empty() {
                    self.hear().await;
                }
                self.drop_all();
            }
            Wait::One => {
                if let Some(job) = self.any().and_then(|number| self.open.get(&number)) {
                    poll_fn(|context| job.poll_gone(context)).await;
                }
            }
            Wait::Stopped => {
                if let Some(job) = self.any().and_then(|number| self.drop(number)) {
                    poll_fn(|context| job.poll_gone(context)).await;
                }
            }
        }
        while !self.open.is_empty() && !self.children.is_stop_requested() {
            self.hear().await;
        }
        self.end_if_requested(script).await;
    }

    /// Waits forever after a request to stop, if the guest does not obey.
    async fn end_if_requested(&self, script: &Script) {
        if self.children.is_stop_requested() && !script.is_obedient {
            pending::<()>().await;
        }
    }

    /// Waits for outcomes, and takes all of them, or one or two.
    async fn hear(&mut self) {
        poll_fn(|context| self.children.poll_ready(context)).await;
        let mut room = [1, 2, usize::MAX][random(0, 3)];
        let admits = |_: &Job, _: &Outcome| {
            let has_room = room > 0;
            room = room.saturating_sub(1);
            has_room
        };
        for (number, outcome) in self.children.take_while(admits) {
            let job = self.open.remove(&number);
            assert!(job.is_some_and(|job| job.spec.id == outcome.id), "{outcome:?} is job {number}'s");
            self.core.world.ledger.is_heard(Some(self.job.spec.id), outcome);
        }
    }
}

fn forgotten(world: &World) -> Stop<Model> {
    Stop { reason: Reason::Forgotten, deadline: world.clock.now() + GRACE }
}
