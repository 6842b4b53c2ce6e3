//! The real scheduler and tree next to the model: every step is applied to both, and they are compared.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker};

use scheduler::{Children, Job, Next, Placement, Queued as _, Scheduler, Slot, Slots, Stop};

use crate::Step;
use crate::model::{self, Model, OUTSIDE};
use crate::waiters::{Bell, Wait, Waiters};
use crate::work::{Outcome, Plain, Reason, Spec};

/// The nesting limit; deeper jobs are refused.
const MAX_DEPTH: u32 = 3;

/// Many more jobs than a queue keeps if they are stale.
const MANY: usize = 100;

/// About so many stale jobs may be kept in any case.
const FEW: usize = 64;

pub(crate) struct World {
    model: Model,
    scheduler: Scheduler<Arc<Job<Plain>>>,
    slots: Slots,
    /// Those that run, and `OUTSIDE`.
    guests: BTreeMap<usize, Guest>,
    /// Instances whose job has ended.
    warm: Vec<Arc<Children<Plain>>>,
    /// All jobs there ever were, by number.
    jobs: Vec<Weak<Job<Plain>>>,
    waiters: Waiters,
    /// For each core that sleeps, what wakes it.
    parked: Vec<Option<Arc<Bell>>>,
    gone: Arc<Mutex<Vec<usize>>>,
}

/// What runs: a job with its instance and its slot.
struct Guest {
    job: Option<Arc<Job<Plain>>>,
    children: Arc<Children<Plain>>,
    slot: Option<Slot>,
}

impl World {
    pub(crate) fn new(cores: usize, placement: Placement, shared_slots: usize) -> Self {
        let gone = Arc::default();
        let outside = Guest { job: None, children: Children::new(Arc::clone(&gone)), slot: None };
        Self {
            model: Model::new(cores, placement, shared_slots, MAX_DEPTH),
            scheduler: Scheduler::new(cores, placement),
            slots: Slots::new(shared_slots, MAX_DEPTH),
            guests: BTreeMap::from([(OUTSIDE, outside)]),
            warm: Vec::new(),
            jobs: vec![Weak::new()],
            waiters: Waiters::default(),
            parked: vec![None; cores],
            gone,
        }
    }

    pub(crate) fn take_step(&mut self, step: Step) {
        let cores = self.parked.len();
        match step {
            Step::Inject(core) => _ = self.start(OUTSIDE, core % cores),
            Step::Start(who) => self.with_guest(who, |world, parent, core| _ = world.start(parent, core)),
            Step::StartTwo(who) => self.with_guest(who, Self::start_two),
            Step::StartRefused(who) => self.with_guest(who, |world, parent, _| {
                let (job, id) = world.add(parent);
                job.finish(Outcome::Refused);
                world.model.finish(id, Outcome::Refused);
            }),
            Step::StartAndDrop(who) => self.with_guest(who, |world, parent, core| {
                let started: Vec<_> = (0..MANY).filter_map(|_| world.start(parent, core)).collect();
                started.into_iter().for_each(|id| world.drop(id, core));
            }),
            Step::Drop(who) => self.with_guest(who, |world, parent, core| {
                if let Some(id) = choose(world.model.known(parent), who) {
                    world.drop(id, core);
                }
            }),
            Step::Take(who, most) => self.with_parent(who, |world, parent| world.take(parent, most)),
            Step::Ask(who) => self.with_guest(who, |world, id, _| {
                world.guests[&id].children.ask(0);
                world.model.jobs[id].is_asked = true;
            }),
            Step::Stop(who, reason, deadline) => self.stop(who, Stop { reason, deadline }),
            Step::End(who, outcome) => {
                if let Some(id) = choose(self.model.running(), who) {
                    self.end_guest(id, outcome);
                }
            }
            Step::WaitForAny(who) => self.with_parent(who, Self::wait_for_any),
            Step::WaitForAll(who) => self.with_parent(who, Self::wait_for_all),
            Step::WaitForOne(who) => self.with_parent(who, |world, parent| world.wait_for_one(parent, who)),
            Step::WaitForStop(who) => self.with_guest(who, |world, id, _| world.wait_for_stop(id)),
            Step::Look(core) => _ = self.look(core % cores),
            Step::Park(core) => self.park(core % cores),
            Step::Overdue(core) => self.scheduler.overdue(core % cores),
            Step::ShutDown => {
                self.scheduler.shut_down();
                self.model.is_shut_down = true;
            }
        }
    }

    /// Does something as a guest that has not returned, on its core, which is awake then.
    fn with_guest(&mut self, who: usize, act: impl FnOnce(&mut Self, usize, usize)) {
        let running = self.model.running().filter(|&id| !self.model.jobs[id].is_ending);
        let Some(id) = choose(running, who) else { return };
        let model::Step::Runs { core } = self.model.jobs[id].step else { return };
        self.stay_awake(core);
        act(self, id, core);
    }

    /// Does something as a guest that has not returned, or from outside.
    fn with_parent(&mut self, who: usize, act: impl FnOnce(&mut Self, usize)) {
        if who.is_multiple_of(4) {
            act(self, OUTSIDE);
        } else {
            self.with_guest(who, |world, id, _| act(world, id));
        }
    }

    fn add(&mut self, parent: usize) -> (Arc<Job<Plain>>, usize) {
        self.waiters.cancel(Wait::All(parent));
        let (id, depth) = (self.jobs.len(), self.model.depth_below(parent));
        let job = self.guests[&parent].children.add(Spec { id, depth }, id);
        assert_eq!(self.model.add(parent, job.number()), id);
        self.jobs.push(Arc::downgrade(&job));
        (job, id)
    }

    /// Starts a job that is not too deep.
    fn start(&mut self, parent: usize, core: usize) -> Option<usize> {
        if self.model.depth_below(parent) > MAX_DEPTH {
            return None;
        }
        let (job, id) = self.add(parent);
        self.model.push(id, core);
        if parent == OUTSIDE {
            self.scheduler.inject(core, job);
        } else {
            self.scheduler.push(core, job);
        }
        Some(id)
    }

    /// Two jobs are too many for one core, so a sleeping core is woken.
    fn start_two(&mut self, parent: usize, core: usize) {
        let before = self.sleepers().count();
        let started = [(); 2].map(|()| self.start(parent, core));
        if self.model.placement != Placement::Sharded && started[1].is_some() && before > 0 {
            assert!(self.sleepers().count() < before, "two jobs wake nobody");
        }
    }

    fn drop(&mut self, id: usize, core: usize) {
        let record = &mut self.model.jobs[id];
        record.is_known = false;
        // An outcome that has come is kept until the others are taken.
        record.is_dropped = record.step == model::Step::Waits;
        let job = self.guests[&record.parent].children.forget(record.number).expect("a job that is known");
        assert_eq!(job.spec.id, id, "the number is that of another job");
        job.stop(Stop { reason: Reason::Forgotten, deadline: 5 });
        self.model.stop(id, Reason::Forgotten, 5);
        if job.is_stale() {
            self.scheduler.forget(core);
        }
    }

    /// Stops one of the jobs that are referenced or running.
    fn stop(&mut self, who: usize, stop: Stop<Plain>) {
        let jobs = &self.model.jobs;
        let Some(id) = choose((1..jobs.len()).filter(|&id| jobs[id].is_known || jobs[id].runs()), who) else {
            return;
        };
        let Some(job) = self.jobs[id].upgrade() else { panic!("job {id} is nowhere") };
        job.stop(stop);
        self.model.stop(id, stop.reason, stop.deadline);
    }

    fn take(&mut self, parent: usize, most: usize) {
        let mut room = most;
        let taken = self.guests[&parent].children.take_while(|_, _| {
            let has_room = room > 0;
            room = room.saturating_sub(1);
            has_room
        });
        assert_eq!(taken, self.model.take(parent, most));
    }

    /// The end of a guest: of all that it started first, then its own, which may be a later step.
    fn end_guest(&mut self, id: usize, outcome: Outcome) {
        self.stop_all(id);
        self.model.jobs[id].is_ending = true;
        for wait in [Wait::Any(id), Wait::Single(id)] {
            self.waiters.cancel(wait);
        }
        if self.model.jobs[id].live > 0 {
            return;
        }
        for wait in [Wait::All(id), Wait::Stop(id)] {
            self.waiters.cancel(wait);
        }
        let guest = self.guests.remove(&id).expect("a job that runs");
        guest.children.clear();
        self.warm.push(guest.children);
        self.give_slot_back(guest.slot.expect("a slot"));
        guest.job.expect("a job").finish(outcome);
        let jobs = &mut self.model.jobs;
        jobs.iter_mut().filter(|job| job.parent == id).for_each(|job| job.is_known = false);
        self.model.finish(id, outcome);
    }

    fn stop_all(&mut self, parent: usize) {
        self.guests[&parent].children.stop_all(Stop { reason: Reason::Forgotten, deadline: 5 });
        let mut known: Vec<usize> = self.model.known(parent).collect();
        known.sort_by_key(|&id| self.model.jobs[id].number);
        known.into_iter().for_each(|id| self.model.stop(id, Reason::Forgotten, 5));
    }

    fn wait_for_any(&mut self, parent: usize) {
        let record = &mut self.model.jobs[parent];
        record.listens = true;
        let (is_asked, has_arrived) = (record.is_asked, !record.arrived.is_empty());
        let children = &self.guests[&parent].children;
        let poll = |context: &Context<'_>| children.poll_ready(context);
        let is_ready = self.waiters.wait(Wait::Any(parent), vec![], poll);
        // An outcome that was forgotten may be there still, or not.
        assert!(is_ready || !(is_asked || self.model.hears(parent)));
        assert!(!is_ready || is_asked || has_arrived);
    }

    fn wait_for_all(&mut self, parent: usize) {
        let expected = self.model.jobs[parent].live == 0;
        let children = &self.guests[&parent].children;
        let poll = |context: &Context<'_>| children.poll_all_gone(context);
        assert_eq!(self.waiters.wait(Wait::All(parent), vec![], poll), expected);
    }

    /// Looks again after all single jobs that this parent waits for, and one more.
    fn wait_for_one(&mut self, parent: usize, who: usize) {
        let mut ids = self.waiters.jobs(Wait::Single(parent));
        ids.extend(choose(self.model.known(parent), who));
        ids.retain(|&id| self.model.jobs[id].step != model::Step::Gone);
        let jobs: Vec<_> = ids.iter().filter_map(|&id| self.jobs[id].upgrade()).collect();
        assert_eq!(jobs.len(), ids.len(), "a job that is live is nowhere");
        if !jobs.is_empty() {
            let poll = |context: &Context<'_>| {
                let is_one_gone = jobs.iter().any(|job| job.poll_gone(context).is_ready());
                if is_one_gone { Poll::Ready(()) } else { Poll::Pending }
            };
            assert!(!self.waiters.wait(Wait::Single(parent), ids, poll), "a job is gone too early");
        }
    }

    fn wait_for_stop(&mut self, id: usize) {
        let expected = self.model.jobs[id].stop.is_some();
        let job = self.guests[&id].job.as_ref().expect("a job");
        let poll = |context: &Context<'_>| job.poll_stopping(context);
        assert_eq!(self.waiters.wait(Wait::Stop(id), vec![], poll), expected);
    }

    fn stay_awake(&mut self, core: usize) {
        self.scheduler.stay_awake(core);
        self.parked[core] = None;
    }

    /// Returns whether the core has found a job.
    fn look(&mut self, core: usize) -> bool {
        self.stay_awake(core);
        let startable: Vec<usize> = self.model.startable(core).collect();
        let Self { model, slots, .. } = self;
        let found = self.scheduler.take_job(core, |job| admit(model, slots, job));
        let is_found = found.is_some();
        match found {
            Some((job, slot)) => self.begin(core, &startable, job, slot),
            None => self.found_none(core, &startable),
        }
        is_found
    }

    fn park(&mut self, core: usize) {
        self.stay_awake(core);
        let startable: Vec<usize> = self.model.startable(core).collect();
        let bell = Arc::<Bell>::default();
        let waker = Waker::from(Arc::clone(&bell));
        let Self { model, slots, .. } = self;
        let admit = |job: &Arc<Job<Plain>>| admit(model, slots, job);
        match self.scheduler.poll_next(core, admit, &Context::from_waker(&waker)) {
            Poll::Ready(Next::Job(job, slot)) => self.begin(core, &startable, job, slot),
            Poll::Ready(Next::ShutDown) => assert!(self.model.is_shut_down),
            Poll::Pending => {
                self.found_none(core, &startable);
                self.parked[core] = Some(bell);
            }
        }
    }

    /// A core has taken this job out of a queue.
    fn begin(&mut self, core: usize, startable: &[usize], job: Arc<Job<Plain>>, slot: Slot) {
        assert!(!self.model.is_shut_down, "a job after the end");
        let id = job.spec.id;
        let next = self.model.take_from_queue(core, startable);
        let record = &mut self.model.jobs[id];
        assert!(std::mem::take(&mut record.is_queued), "job {id} was in no queue");
        if record.step == model::Step::Gone {
            assert_eq!(job.claim(), None, "job {id} is gone");
            return self.give_slot_back(slot);
        }
        if self.parked.len() == 1 || self.model.placement != Placement::Steal {
            assert_eq!(next, Some(id), "another job should have begun");
        }
        assert!(startable.contains(&id), "job {id} must not begin here");
        assert_eq!(job.claim(), Some(id), "job {id} waits");
        self.model.jobs[id].step = model::Step::Runs { core };
        let children = self.warm.pop().unwrap_or_else(|| Children::new(Arc::clone(&self.gone)));
        self.guests.insert(id, Guest { job: Some(job), children, slot: Some(slot) });
    }

    /// Of jobs that are stolen, every other core may keep the last one for itself.
    fn found_none(&self, core: usize, startable: &[usize]) {
        let kept = match self.model.placement {
            Placement::Steal => self.parked.len() - 1,
            Placement::Sharded | Placement::Global => 0,
        };
        assert!(
            startable.len() <= kept || self.model.is_shut_down,
            "core {core} finds none of {startable:?}"
        );
    }

    fn give_slot_back(&mut self, slot: Slot) {
        let expected = self.model.give_slot_back(&slot);
        let is_wanted = self.slots.give_back(slot);
        assert_eq!(is_wanted, expected, "somebody waits for a slot");
        if is_wanted {
            self.scheduler.wake_all();
        }
    }

    /// Compares all that can be seen.
    pub(crate) fn check(&self) {
        let Self { model, .. } = self;
        assert_eq!(self.slots.free(), model.free);
        for (&id, guest) in &self.guests {
            let (record, children) = (&model.jobs[id], &guest.children);
            assert_eq!(children.live(), record.live, "jobs of {id} are live");
            assert_eq!(children.are_awaited(), model.known(id).next().is_some());
            assert_eq!(children.is_asked(), record.is_asked);
            assert_eq!(children.listens(), record.listens);
            if let Some(job) = &guest.job {
                assert_eq!(job.is_stopping(), record.stop.is_some());
                assert_eq!(job.stop_deadline(), record.stop.map(|(_, deadline)| deadline));
                assert!(!job.is_stale());
            }
        }
        let mut gone = self.gone.lock().unwrap().clone();
        gone.sort_unstable();
        let expected = (1..model.jobs.len()).filter(|&id| model.jobs[id].step == model::Step::Gone);
        assert!(gone.iter().copied().eq(expected), "gone are {gone:?}");
        self.check_sleepers();
        self.check_stale();
    }

    /// Checks that no waiter sleeps that has something to do.
    fn check_sleepers(&self) {
        let model = &self.model;
        for (wait, jobs) in self.waiters.asleep() {
            let is_due = match wait {
                Wait::Any(id) => model.jobs[id].is_asked || model.hears(id),
                Wait::All(id) => model.jobs[id].live == 0,
                Wait::Single(_) => jobs.iter().any(|&id| model.jobs[id].step == model::Step::Gone),
                Wait::Stop(id) => model.jobs[id].stop.is_some(),
            };
            assert!(!is_due, "{wait:?} for {jobs:?} was not woken");
        }
        let sleep = self.sleepers().count();
        if model.is_shut_down {
            assert_eq!(sleep, 0, "a core sleeps after the end");
        } else if model.placement == Placement::Sharded || sleep == self.parked.len() {
            for core in self.sleepers() {
                assert_eq!(model.startable(core).next(), None, "core {core} sleeps beside a job");
            }
        }
    }

    /// The cores that sleep and have not been woken.
    fn sleepers(&self) -> impl Iterator<Item = usize> {
        let asleep = |core: &usize| self.parked[*core].as_ref().is_some_and(|bell| !bell.has_rung());
        (0..self.parked.len()).filter(asleep)
    }

    /// Checks that jobs dropped in a queue do not stay there.
    fn check_stale(&self) {
        let model = &self.model;
        let dropped = (1..self.jobs.len()).filter(|&id| model.jobs[id].is_dropped);
        let held = dropped.filter(|&id| self.jobs[id].strong_count() > 0).count();
        let fresh = model.jobs.iter().filter(|job| job.is_queued && job.step == model::Step::Waits).count();
        let counts = if model.placement == Placement::Steal { self.parked.len() } else { 1 };
        assert!(held <= counts * FEW + 2 * fresh, "{held} stale jobs are kept beside {fresh} others");
    }

    /// Ends everything, by which nothing may be left.
    pub(crate) fn end(mut self) {
        let cores = self.parked.len();
        let mut is_moving = true;
        while is_moving && !self.model.is_shut_down {
            is_moving = false;
            for core in 0..cores {
                self.scheduler.overdue(core);
            }
            for core in 0..cores {
                while self.look(core) {
                    is_moving = true;
                }
            }
            let running: Vec<usize> = self.model.running().collect();
            for &id in running.iter().rev() {
                self.end_guest(id, Outcome::Done);
                is_moving = true;
            }
            self.check();
        }
        self.take(OUTSIDE, usize::MAX);
        if self.model.is_shut_down {
            (0..cores).for_each(|core| self.park(core));
            assert!(self.parked.iter().all(Option::is_none), "a core sleeps after the end");
            for mut guest in std::mem::take(&mut self.guests).into_values() {
                guest.slot.take().into_iter().for_each(|slot| self.give_slot_back(slot));
            }
            assert_eq!(self.slots.free(), self.model.free);
            return;
        }
        let lost: Vec<_> =
            (1..self.jobs.len()).filter(|&id| self.model.jobs[id].step != model::Step::Gone).collect();
        assert!(lost.is_empty(), "{lost:?} never began");
        assert_eq!(self.guests.len(), 1);
        self.guests[&OUTSIDE].children.clear();
        let left = (1..self.jobs.len()).filter(|&id| self.jobs[id].strong_count() > 0);
        assert_eq!(left.collect::<Vec<_>>(), [], "jobs are left in memory");
    }
}

/// One of these, by a number.
fn choose(those: impl Iterator<Item = usize>, number: usize) -> Option<usize> {
    let those: Vec<usize> = those.collect();
    if those.is_empty() { None } else { Some(those[number % those.len()]) }
}

/// The slot that a job is admitted with, which is the one the model says.
fn admit(model: &mut Model, slots: &Slots, job: &Arc<Job<Plain>>) -> Option<Slot> {
    let slot = slots.take(job.spec.depth);
    assert_eq!(slot, model.take_slot(job.spec.depth), "a slot for job {}", job.spec.id);
    slot
}
