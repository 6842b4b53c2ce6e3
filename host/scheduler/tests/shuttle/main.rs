//! Whole trees of jobs on a few cores, with every kind of failure, in random interleavings.
//!
//! `RUSTFLAGS="--cfg shuttle" cargo test --release -p parallel-scheduler --test shuttle`. The seeds are fixed,
//! so every run tries the same orders; `SHUTTLE_RANDOM_SEED=n` tries others. A lost wake-up shows as a
//! deadlock, which shuttle finds, and so does a circular wait.
//!
//! A core here repeats what the cores and instances of the host do, step by step, and a guest follows a
//! [`Script`](guest::Script) in place of a program.

#![cfg(shuttle)]
#![expect(clippy::unwrap_used, reason = "a panic fails the test")]

mod cores;
mod guest;
mod clock;
mod ledger;
mod items;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use scheduler::{Children, Placement, Scheduler, Slot, Slots, Stop};
use shuttle::rand::{Rng as _, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, Runner, thread};

use clock::Clock;
use guest::Script;
use ledger::{Job, Ledger, Model, Reason, Spec, seen};

/// The depth of the deepest jobs. Deeper ones are refused.
const MAX_DEPTH: u32 = 3;

/// The state that all cores of a run share.
pub(crate) struct World {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) root: Arc<Children<Model>>,
    pub(crate) scheduler: Scheduler<Arc<Job>>,
    pub(crate) slots: Slots,
    pub(crate) shared_slots: usize,
    /// How many slots are taken, as their holders count.
    pub(crate) taken_slots: AtomicUsize,
    pub(crate) clock: Clock,
}

impl World {
    fn new(cores: usize) -> Self {
        let placement = [Placement::Steal, Placement::Sharded, Placement::Global][random(0, 3)];
        let shared_slots = random(0, 3);
        let ledger = Arc::new(Ledger::default());
        Self {
            root: Children::new(Arc::clone(&ledger)),
            ledger,
            scheduler: Scheduler::new(cores, placement),
            slots: Slots::new(shared_slots, MAX_DEPTH),
            shared_slots,
            taken_slots: AtomicUsize::new(0),
            clock: Clock::default(),
        }
    }

    /// Checks what must hold at the end, whatever has happened.
    fn check_rest(&self) {
        assert_eq!(self.taken_slots.load(Ordering::Relaxed), 0, "a slot was not given back");
        assert_eq!(self.slots.free(), self.shared_slots, "a shared slot is lost, or there is one more");
        for _ in 0..self.shared_slots {
            assert_eq!(self.slots.take(0), Some(Slot::Shared));
        }
        for depth in 0..=MAX_DEPTH {
            assert_eq!(self.slots.take(depth), Some(Slot::Own(depth)), "the slot of a depth is lost");
        }
    }
}

/// Makes one run from start to end. With `faults`, a core may die, and the user may end the run.
fn run(cores: usize, faults: bool) {
    let fault = if faults { random(0, 3) } else { 0 };
    let world = Arc::new(World::new(cores));
    let id = world.ledger.starts(None);
    let timeout = (faults && random(0, 4) == 0).then(|| random(1, 20) as u32);
    let main = world.root.add(Spec { id, depth: 0, timeout }, Script::random(0, false));
    world.scheduler.inject(0, main);

    let dies = (fault == 1).then(|| (random(0, cores), random(0, 12)));
    let dies_after = |core| dies.filter(|&(dying, _)| dying == core).map(|(_, turns)| turns);
    let threads: Vec<_> = (0..cores)
        .map(|core| {
            let (world, dies_after) = (Arc::clone(&world), dies_after(core));
            thread::spawn(move || cores::run(core, world, dies_after))
        })
        .collect();
    let clock = thread::spawn({
        let world = Arc::clone(&world);
        move || world.clock.run()
    });
    if fault == 2 {
        interrupt(&world);
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    world.clock.end();
    clock.join().unwrap();

    world.check_rest();
    let outcomes = world.root.take();
    if dies.is_none() {
        assert_eq!(outcomes.len(), 1, "main has one outcome");
        assert_eq!(world.root.live(), 0);
        world.ledger.check_all_gone();
    }
    outcomes.into_iter().for_each(|(_, outcome)| world.ledger.is_heard(None, outcome));
}

/// Ends the run as a user does, and again if that takes too long.
fn interrupt(world: &World) {
    for _ in 0..random(0, 30) {
        thread::yield_now();
    }
    for grace in [random(0, 5) as u32, 0] {
        let deadline = world.clock.now() + grace;
        world.root.stop_all(Stop { reason: Reason::Cancelled, deadline });
    }
}

/// Returns a random number from a range without its end. It belongs to the order, so a replay gets the same.
pub(crate) fn random(start: usize, end: usize) -> usize {
    thread_rng().gen_range(start..end)
}

pub(crate) fn flip() -> bool {
    thread_rng().gen_bool(0.5)
}

fn config() -> Config {
    let mut config = Config::new();
    // A guest is polled, and may be dropped, a few futures deep.
    config.stack_size = 0x20000;
    // The seed is enough to repeat an order; a schedule would be many lines.
    config.failure_persistence = FailurePersistence::None;
    config
}

pub(crate) fn in_any_order(seed: u64, orders: usize, body: impl Fn() + Send + Sync + 'static) {
    Runner::new(RandomScheduler::new_from_seed(seed, orders), config()).run(body);
}

/// Runs orders with few changes from one thread to another, at the worst moments. Random orders hardly ever
/// have these.
pub(crate) fn in_unfair_orders(seed: u64, orders: usize, body: impl Fn() + Send + Sync + 'static) {
    Runner::new(PctScheduler::new_from_seed(seed, 4, orders), config()).run(body);
}

#[test]
fn two_cores_end_every_tree() {
    in_any_order(2, 30_000, || run(2, false));
}

#[test]
fn three_cores_end_every_tree_whatever_fails() {
    in_any_order(3, 30_000, || run(3, true));
    let seen = seen();
    assert!(seen.iter().all(|&count| count > 100), "too little has happened: {seen:?}");
}

#[test]
fn unfair_orders_end_every_tree_too() {
    in_unfair_orders(5, 30_000, || run(random(2, 4), true));
}
