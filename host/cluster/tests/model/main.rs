//! Owners and nodes in a model world: a network that loses, repeats and delays messages, and processes that are
//! stopped, killed and cut off.
//!
//! A case is a sequence of events that proptest chooses. After each, the invariants are checked; at the end the
//! world heals, and everything has to come to an end within the bounds that the crate promises. A sequence that
//! fails is shortened to the shortest that does.

#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod hostile;
mod network;
mod owners;
mod nodes;
mod world;

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

use world::{Event, World};

/// Chooses events, of which this many in `10 + faults` are faults.
fn events(faults: u32) -> impl Strategy<Value = Vec<Event>> {
    let index = any::<Index>;
    let some = prop_oneof![
        12 => index().prop_map(Event::Deliver),
        6 => (1..120_u64).prop_map(|ms| Event::Flow(Duration::from_millis(ms))),
        6 => (index(), any::<bool>()).prop_map(|(owner, rerun)| Event::Submit(owner, rerun)),
        2 => (index(), 0..300_u64).prop_map(|(job, ms)| Event::Stop(job, Duration::from_millis(ms))),
        4 => index().prop_map(Event::Work),
        4 => index().prop_map(Event::Finish),
    ];
    let fault = prop_oneof![
        9 => (1..250_u64).prop_map(|ms| Event::Advance(Duration::from_millis(ms))),
        4 => index().prop_map(Event::Lose),
        4 => index().prop_map(Event::Repeat),
        3 => index().prop_map(Event::Pause),
        3 => index().prop_map(Event::Resume),
        2 => (index(), index()).prop_map(|(from, to)| Event::Cut(from, to)),
        2 => Just(Event::Outage),
        2 => Just(Event::Heal),
        1 => index().prop_map(Event::Kill),
        1 => Just(Event::Join),
        1 => index().prop_map(Event::Leave),
    ];
    let event = if faults == 0 { some.boxed() } else { prop_oneof![10 => some, faults => fault].boxed() };
    prop::collection::vec(event, 1..120)
}

/// Returns a configuration that is the same in every run: a step of CI must not fail by chance.
fn config(cases: u32) -> Config {
    let persistence = Box::new(FileFailurePersistence::Off);
    Config {
        failure_persistence: Some(persistence),
        max_shrink_iters: 20_000,
        rng_seed: RngSeed::Fixed(1),
        ..Config::with_cases(cases)
    }
}

fn run(events: Vec<Event>, faults: bool) {
    let mut world = World::new(faults);
    for event in events {
        world.happen(event);
    }
    world.settle();
}

proptest! {
    #![proptest_config(config(3000))]

    /// Without faults, no job is lost, and all of them end as they should.
    #[test]
    fn no_job_is_lost_without_a_fault(events in events(0)) {
        run(events, false);
    }

    /// With all faults, each job still has exactly one end, and none has an effect after it.
    #[test]
    fn each_job_ends_once_with_faults(events in events(5)) {
        run(events, true);
    }
}
