//! Random sequences of operations on one thread, on the real scheduler and tree and on a plain model of them.
//!
//! After each step both must agree on what is live, known, requested and stopped, on slots and outcomes; and
//! nothing may sleep that has something to do. In the end all jobs end, and nothing may be left. The seed is
//! fixed, so every run tries the same sequences. They have one tree; `turns.rs` has the queues of several,
//! and `computing.rs` a core whose guests compute.

#![cfg(not(any(loom, shuttle)))]
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod world;
mod model;
mod waiters;
mod kind;
mod turns;
mod computing;

use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest::{collection, prop_oneof};

use kind::{Outcome, Reason};
use scheduler::Placement;
use turns::Turns;
use world::World;

/// One event. Its number chooses the job or the core that it happens to, if there is any.
#[derive(Debug, Clone)]
enum Step {
    /// A job arrives from outside.
    Inject(usize),
    /// A guest starts a job.
    Start(usize),
    /// A guest starts two jobs, one right after the other.
    StartTwo(usize),
    /// A guest starts a job that is refused.
    StartRefused(usize),
    /// A guest starts many jobs and drops them at once.
    StartAndDrop(usize),
    /// A guest drops a job.
    Drop(usize),
    /// A guest takes the outcomes that have arrived, at most this many.
    Take(usize, usize),
    /// A guest is requested to stop.
    RequestStop(usize),
    /// A job is stopped.
    Stop(usize, Reason, u8),
    /// A guest returns: its own jobs are stopped, and when they are gone, so is it.
    End(usize, Outcome),
    /// A waiter polls, and waits if it has to.
    WaitForAny(usize),
    WaitForAll(usize),
    WaitForOne(usize),
    WaitForStop(usize),
    /// A core takes a job if there is one.
    Look(usize),
    /// A core takes a job or falls asleep.
    Park(usize),
    /// A core has been busy for a tick.
    Overdue(usize),
    ShutDown,
}

fn step() -> impl Strategy<Value = Step> {
    let who = any::<usize>;
    let reason = prop_oneof![Just(Reason::Forgotten), Just(Reason::Cancelled), Just(Reason::Late)];
    let outcome = prop_oneof![Just(Outcome::Done), Just(Outcome::Failed)];
    prop_oneof![
        3 => who().prop_map(Step::Inject),
        12 => who().prop_map(Step::Start),
        2 => who().prop_map(Step::StartTwo),
        1 => who().prop_map(Step::StartRefused),
        1 => who().prop_map(Step::StartAndDrop),
        4 => who().prop_map(Step::Drop),
        4 => (who(), prop_oneof![1..4_usize, Just(usize::MAX)]).prop_map(|(who, most)| Step::Take(who, most)),
        1 => who().prop_map(Step::RequestStop),
        3 => (who(), reason, 0..9_u8).prop_map(|(who, reason, deadline)| Step::Stop(who, reason, deadline)),
        8 => (who(), outcome).prop_map(|(who, outcome)| Step::End(who, outcome)),
        3 => who().prop_map(Step::WaitForAny),
        2 => who().prop_map(Step::WaitForAll),
        3 => who().prop_map(Step::WaitForOne),
        2 => who().prop_map(Step::WaitForStop),
        8 => who().prop_map(Step::Look),
        12 => who().prop_map(Step::Park),
        3 => who().prop_map(Step::Overdue),
    ]
}

fn config() -> Config {
    Config {
        cases: 5_000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        // A shorter sequence is nearly always found early, or not at all.
        max_shrink_iters: 5_000,
        ..Config::default()
    }
}

fn check(placement: Placement) {
    let last = prop_oneof![4 => Just(None), 1 => Just(Some(Step::ShutDown))];
    let sequences = (1..=4_usize, 0..=4_usize, collection::vec(step(), 0..120), last);
    let run = |(cores, slots, steps, last): (usize, usize, Vec<Step>, Option<Step>)| {
        let mut world = World::new(cores, placement, slots);
        for step in steps.into_iter().chain(last) {
            world.take_step(step);
            world.check();
        }
        world.end();
        Ok(())
    };
    if let Err(failure) = TestRunner::new(config()).run(&sequences, run) {
        panic!("{failure}");
    }
}

#[test]
fn jobs_that_are_stolen_become_what_the_model_says() {
    check(Placement::Steal);
}

#[test]
fn jobs_of_one_queue_become_what_the_model_says() {
    check(Placement::Global);
}

#[test]
fn jobs_that_stay_become_what_the_model_says() {
    check(Placement::Sharded);
}

#[test]
fn trees_take_turns_in_every_queue() {
    for placement in [Placement::Steal, Placement::Global] {
        let run = |(cores, steps): (usize, Vec<turns::Step>)| {
            let mut turns = Turns::new(cores, placement);
            steps.iter().for_each(|step| turns.take_step(step));
            turns.end();
            Ok(())
        };
        if let Err(failure) = TestRunner::new(config()).run(&turns::steps(), run) {
            panic!("{failure}");
        }
    }
}
