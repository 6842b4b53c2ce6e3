//! Random trees of calls that borrow at random: `borrow_trees SEED COUNT`.
//!
//! Calls must return and leave the same, whether they run locally or as jobs. A call that fails has changed
//! nothing. The expected result comes from a model without jobs and futures.
//!
//! Each tree has its own seed, so `borrow_trees SEED 1` repeats a failing one.

mod calls;
mod change;
mod model;
mod plan;
mod state;

use fastrand::Rng;
use guest_runtime::prelude::*;

use plan::{Plan, Run};
use state::State;

/// How many trees grow at a time.
const LANES: usize = 4;

/// Calls, and calls that failed, of the model.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Count {
    calls: usize,
    failures: usize,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.failures += other.failures;
    }
}

/// Runs a tree, and compares it with the model.
async fn check(seed: u64, tree: &Plan, start: &State, run: Run, rng: &mut Rng) -> Count {
    let tree = tree.clone().placed(run, rng);
    let mut expected = start.clone();
    let mut count = Count::default();
    let answer = model::call(&tree, expected.view(), &mut count);
    let mut found = start.clone();
    let found_answer = calls::call(&tree, found.view()).await;
    assert_eq!((found_answer, &found), (answer, &expected), "seed {seed}, {run:?}: {tree:#?}");
    count
}

async fn grow(seed: u64) -> Count {
    let mut rng = Rng::with_seed(seed);
    let start = State::random(&mut rng);
    let tree = Plan::random(&mut rng, 0);
    let mut count = Count::default();
    for run in [Run::Local, Run::Remote, Run::Anywhere] {
        count.add(check(seed, &tree.clone().unfailing(), &start, run, &mut rng).await);
    }
    for run in [Run::Remote, Run::Anywhere] {
        count.add(check(seed, &tree, &start, run, &mut rng).await);
    }
    count
}

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap());
    let (seed, count) = (arguments.next().unwrap(), arguments.next().unwrap());
    let lane = async |first: u64| {
        let mut all = Count::default();
        for seed in (first..seed + count).step_by(LANES) {
            all.add(grow(seed).await);
        }
        all
    };
    let lanes = (seed..seed + LANES as u64).map(lane).collect::<Vec<_>>().join().await;
    let mut all = Count::default();
    lanes.into_iter().for_each(|count| all.add(count));
    println!("{count} trees, {} calls, {} failures", all.calls, all.failures);
}
