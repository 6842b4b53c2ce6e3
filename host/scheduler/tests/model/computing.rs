//! One core that computes, and the jobs that it starts beside its guests, on a clock that the model advances.
//!
//! A job here computes, waits, or spins until all jobs that spin have begun. The core gives each guest that
//! computes one tick after the other, as the host does.

use std::collections::VecDeque;

use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};
use proptest::{collection, prop_oneof};

use scheduler::{Computing, Habits, LONGEST_WAIT};

const MS: u64 = 1_000_000;

/// The time after which a guest that computes yields.
const TICK: u64 = 2 * MS;

#[derive(Debug, Clone, Copy)]
enum Step {
    Compute(u64),
    /// Waits for anything but jobs of its own.
    Wait(u64),
    /// Computes until all jobs that spin have begun.
    Spin,
}

/// A job in place of a program.
#[derive(Debug, Clone)]
struct Script {
    kind: u32,
    /// The memory of its instance.
    bytes: u64,
    steps: Vec<Step>,
}

impl Script {
    fn spins(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Spin))
    }

    /// Returns for how long it computes and waits without the other jobs.
    fn time(&self) -> u64 {
        let time = |step: &Step| match step {
            Step::Compute(time) | Step::Wait(time) => *time + TICK,
            Step::Spin => TICK,
        };
        self.steps.iter().map(time).sum()
    }
}

/// A job that has begun.
struct Guest {
    script: Script,
    began: u64,
    /// The step that it is in, and when it began to wait or for how long it has computed.
    step: usize,
    progress: u64,
}

struct Core {
    now: u64,
    queue: VecDeque<Script>,
    guests: Vec<Option<Guest>>,
    computing: Computing,
    habits: Habits,
    /// How many jobs that spin have not begun.
    spinners: usize,
    /// The most jobs that had begun and not ended at a time.
    peak: usize,
}

impl Core {
    fn new(scripts: &[Script]) -> Self {
        Self {
            now: 0,
            queue: scripts.iter().cloned().collect(),
            guests: Vec::new(),
            computing: Computing::new(),
            habits: Habits::new(),
            spinners: scripts.iter().filter(|script| script.spins()).count(),
            peak: 0,
        }
    }

    /// Runs all jobs to their ends. Fails if that takes longer than the jobs and all waits for guests together.
    fn run(scripts: &[Script]) -> Self {
        let mut core = Self::new(scripts);
        let limit = scripts.iter().map(|script| script.time() + LONGEST_WAIT).sum::<u64>();
        while !core.queue.is_empty() || core.guests.iter().any(Option::is_some) {
            core.turn();
            assert!(core.now <= limit, "{} jobs have not begun", core.queue.len());
        }
        core
    }

    fn turn(&mut self) {
        self.wake();
        while let Some(next) = self.queue.front() {
            if !self.computing.may_start(self.habits.computes(next.kind), self.now) {
                break;
            }
            self.begin();
        }
        assert!(!self.computing.is_empty() || self.queue.is_empty(), "a job waits for no guest");
        match self.computing.next_turn() {
            Some(key) => self.compute(key),
            None => self.now += TICK,
        }
    }

    fn begin(&mut self) {
        let Some(script) = self.queue.pop_front() else { return };
        self.spinners -= usize::from(script.spins());
        self.guests.push(Some(Guest { script, began: self.now, step: 0, progress: 0 }));
        self.peak = self.peak.max(self.guests.iter().flatten().count());
        self.enter(self.guests.len() - 1);
    }

    /// Begins the step that a guest has come to.
    fn enter(&mut self, key: usize) {
        let Some(guest) = &mut self.guests[key] else { return };
        match guest.script.steps.get(guest.step) {
            Some(Step::Compute(_) | Step::Spin) => {
                guest.progress = 0;
                self.habits.add_computed(guest.script.kind, TICK / 4);
                self.computing.set(key, guest.began, guest.script.bytes);
            }
            Some(Step::Wait(_)) => {
                guest.progress = self.now;
                self.computing.remove(key);
            }
            None => {
                self.guests[key] = None;
                self.computing.remove(key);
            }
        }
    }

    /// Gives a tick to this guest.
    fn compute(&mut self, key: usize) {
        self.now += TICK;
        let Some(guest) = &mut self.guests[key] else { panic!("guest {key} has ended and computes") };
        guest.progress += TICK;
        self.habits.add_computed(guest.script.kind, TICK);
        let is_over = match guest.script.steps[guest.step] {
            Step::Compute(time) => guest.progress >= time,
            Step::Spin => self.spinners == 0,
            Step::Wait(_) => panic!("guest {key} waits and computes"),
        };
        if is_over {
            guest.step += 1;
            self.enter(key);
        }
    }

    fn wake(&mut self) {
        for key in 0..self.guests.len() {
            let Some(guest) = &mut self.guests[key] else { continue };
            if let Some(Step::Wait(time)) = guest.script.steps.get(guest.step)
                && self.now >= guest.progress + time
            {
                self.habits.add_waited(guest.script.kind, self.now - guest.progress);
                guest.step += 1;
                self.enter(key);
            }
        }
    }
}

fn bytes() -> impl Strategy<Value = u64> {
    prop_oneof![0..4_u64 << 20, 0..1_u64 << 32]
}

fn script() -> impl Strategy<Value = Script> {
    let step = prop_oneof![
        4 => (0..300 * MS).prop_map(Step::Compute),
        2 => (0..300 * MS).prop_map(Step::Wait),
    ];
    (0..3_u32, bytes(), collection::vec(step, 0..4)).prop_map(|(kind, bytes, steps)| Script {
        kind,
        bytes,
        steps,
    })
}

fn check<S: Strategy>(cases: u32, strategy: &S, holds: impl Fn(S::Value)) {
    let config = Config { cases, ..super::config() };
    let run = |value| {
        holds(value);
        Ok(())
    };
    if let Err(failure) = TestRunner::new(config).run(strategy, run) {
        panic!("{failure}");
    }
}

#[test]
fn every_job_begins_and_ends_whatever_the_others_do() {
    check(1_000, &collection::vec(script(), 0..40), |scripts| _ = Core::run(&scripts));
}

/// Without a bound, the second job would wait for the first one, which spins until the second has begun.
#[test]
fn jobs_that_spin_for_each_other_all_begin() {
    let scripts = (collection::vec(script(), 0..4), collection::vec(bytes(), 2..6), any::<u32>());
    check(100, &scripts, |(mut scripts, spinners, place)| {
        for (number, bytes) in spinners.into_iter().enumerate() {
            let place = (place as usize + number) % (scripts.len() + 1);
            scripts.insert(place, Script { kind: 0, bytes, steps: vec![Step::Spin] });
        }
        Core::run(&scripts);
    });
}

/// Another instance would only take memory: the core has enough to do.
#[test]
fn jobs_that_compute_begin_one_after_the_other() {
    let jobs = (1..60_usize, 4..1_000_u64).prop_flat_map(|(count, mib)| {
        let times = collection::vec(0..60 * mib.min(15) * MS, count);
        times.prop_map(move |times| {
            let script = |time| Script { kind: 7, bytes: mib << 20, steps: vec![Step::Compute(time)] };
            times.into_iter().map(script).collect::<Vec<_>>()
        })
    });
    check(500, &jobs, |scripts| assert_eq!(Core::run(&scripts).peak, 1));
}

/// Jobs that wait for each other may need all of them to begin. No time passes until they have.
#[test]
fn jobs_that_wait_begin_at_once() {
    check(200, &(1..60_usize, bytes()), |(count, bytes)| {
        let script = Script { kind: 7, bytes, steps: vec![Step::Wait(MS), Step::Compute(MS)] };
        let mut core = Core::new(&vec![script; count]);
        core.turn();
        assert_eq!(core.peak, count);
    });
}

/// The others would otherwise each wait for the one that never ends, or for one that has ended.
#[test]
fn a_job_beside_one_that_never_ends_waits_only_once() {
    check(200, &(2..60_usize, 4 << 20..1_u64 << 32, 1..30_u64), |(count, bytes, time)| {
        let steps = vec![Step::Compute(time * MS)];
        let mut scripts = vec![Script { kind: 7, bytes, steps }; count];
        scripts.insert(0, Script { kind: 7, bytes, steps: vec![Step::Compute(1_000_000 * MS)] });
        let mut core = Core::new(&scripts);
        let limit = LONGEST_WAIT >> 6;
        while core.guests.iter().flatten().count() != 1 || !core.queue.is_empty() {
            core.turn();
            // Each gets half of the time, in ticks.
            assert!(core.now <= limit + 2 * count as u64 * (time * MS + 2 * TICK), "it waits for each");
        }
        assert_eq!(core.peak, 2);
    });
}
