//! Random sequences of all operations on jobs, applied to the real scheduler and tree and to a simple model
//! of them.
//!
//! After each step both must agree on which jobs are live, known, asked and stopped, on slots and on
//! outcomes, and no waiter may be asleep that has something to do. In the end everything ends, and nothing
//! may be left. The seed is fixed, so every run tries the same sequences. These have one tree; `turns.rs`
//! tests queues of several trees.

#![cfg(not(any(loom, shuttle)))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod world;
mod model;
mod waiters;
mod work;
mod turns;

use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::{Config, RngSeed, TestRunner};
use proptest::{collection, prop_oneof};

use scheduler::Placement;
use turns::Turns;
use work::{Outcome, Reason};
use world::World;

/// An operation. A number selects one of its possible subjects, if there are any.
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
    /// A guest takes the outcomes that have arrived, up to a number.
    Take(usize, usize),
    /// A guest is asked to end.
    Ask(usize),
    /// A job is stopped.
    Stop(usize, Reason, u8),
    /// A guest returns. Its own jobs are stopped, and it ends when they are gone.
    End(usize, Outcome),
    /// A waiter polls, and waits if it is not ready.
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
        1 => who().prop_map(Step::Ask),
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
        // Shrinking succeeds almost at once, or not at all.
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
