//! The order of jobs of several trees: trees alternate, and within one the deepest jobs start first.
//!
//! The jobs here consist only of their position, so the model predicts exactly which one a core gets, its own
//! or a stolen one, whatever is not admitted.

use std::collections::BTreeSet;

use proptest::prelude::{Strategy, any};
use proptest::{collection, prop_oneof};

use scheduler::{Placement, Queued, Scheduler};

/// One of this many jobs of a tree that a core takes from its queue is a shallow one.
const FAIR: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Item {
    tree: u64,
    depth: u32,
    number: usize,
}

impl Queued for Item {
    fn is_stale(&self) -> bool {
        false
    }

    fn depth(&self) -> u32 {
        self.depth
    }

    fn tree(&self) -> u64 {
        self.tree
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Push {
        core: usize,
        tree: u64,
        depth: u32,
        count: usize,
    },
    /// A core takes a job, and then others within the turn of its tree.
    Turn {
        core: usize,
        more: usize,
    },
    /// The jobs of a tree and depth are admitted from now on, or no longer.
    Admit {
        tree: u64,
        depth: u32,
    },
    Overdue {
        core: usize,
    },
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    let (core, tree, depth) = (any::<usize>, 0..4_u64, 0..3_u32);
    let push = (core(), tree.clone(), depth.clone(), 1..40_usize);
    prop_oneof![
        4 => push.prop_map(|(core, tree, depth, count)| Step::Push { core, tree, depth, count }),
        8 => (core(), 0..8_usize).prop_map(|(core, more)| Step::Turn { core, more }),
        1 => (tree, depth).prop_map(|(tree, depth)| Step::Admit { tree, depth }),
        1 => core().prop_map(|core| Step::Overdue { core }),
    ]
}

pub(crate) fn steps() -> impl Strategy<Value = (usize, Vec<Step>)> {
    (1..=3_usize, collection::vec(step(), 0..100))
}

/// The model of a queue: jobs in the order of their arrival, and trees in the order of their turns.
#[derive(Default)]
struct Queue {
    items: Vec<Item>,
    turns: Vec<u64>,
    taken: [usize; 4],
    is_overdue: bool,
}

impl Queue {
    fn push(&mut self, item: Item) {
        self.is_overdue &= !self.items.is_empty();
        if !self.turns.contains(&item.tree) {
            self.turns.push(item.tree);
        }
        self.items.push(item);
    }

    fn remove(&mut self, item: Item) {
        self.items.retain(|&other| other != item);
        let items = &self.items;
        self.turns.retain(|&tree| items.iter().any(|item| item.tree == tree));
    }

    /// The first of a tree by this order of depths, of those that are admitted.
    fn first(&self, tree: u64, is_shallow: bool, closed: &BTreeSet<(u64, u32)>) -> Option<Item> {
        let open = self.items.iter().copied().filter(|item| item.tree == tree);
        let open = open.filter(|item| !closed.contains(&(tree, item.depth)));
        // Among jobs of the same depth, the first that arrived.
        if is_shallow { open.min_by_key(|item| item.depth) } else { open.rev().max_by_key(|item| item.depth) }
    }

    fn is_turn_of_shallow(&self, tree: u64) -> bool {
        (self.taken[tree as usize] + 1).is_multiple_of(FAIR)
    }

    fn take(&mut self, item: Item) -> Item {
        self.taken[item.tree as usize] += 1;
        self.is_overdue = false;
        self.remove(item);
        item
    }

    fn pass_turn(&mut self, tree: u64) {
        if self.turns.contains(&tree) {
            self.turns.retain(|&other| other != tree);
            self.turns.push(tree);
        }
    }

    fn next(&mut self, closed: &BTreeSet<(u64, u32)>) -> Option<Item> {
        let mut turns = self.turns.iter();
        let item = turns.find_map(|&tree| self.first(tree, self.is_turn_of_shallow(tree), closed))?;
        self.take(item);
        self.pass_turn(item.tree);
        Some(item)
    }

    fn has_to_spare(&self) -> bool {
        self.items.len() > 1 || (self.items.len() == 1 && self.is_overdue)
    }

    /// A shallow job, and half of those as deep.
    fn give(&mut self, closed: &BTreeSet<(u64, u32)>) -> Option<(Item, Vec<Item>)> {
        let item = self.turns.iter().find_map(|&tree| self.first(tree, true, closed))?;
        self.remove(item);
        let beside = |other: &&Item| (other.tree, other.depth) == (item.tree, item.depth);
        let mut more: Vec<Item> = self.items.iter().filter(beside).copied().collect();
        more.truncate(more.len() / 2);
        more.iter().for_each(|&item| self.remove(item));
        self.pass_turn(item.tree);
        Some((item, more))
    }
}

/// The real scheduler beside the queues.
pub(crate) struct Turns {
    scheduler: Scheduler<Item>,
    placement: Placement,
    queues: Vec<Queue>,
    /// What is not admitted.
    closed: BTreeSet<(u64, u32)>,
    pushed: usize,
}

impl Turns {
    pub(crate) fn new(cores: usize, placement: Placement) -> Self {
        Self {
            scheduler: Scheduler::new(cores, placement),
            placement,
            queues: (0..cores).map(|_| Queue::default()).collect(),
            closed: BTreeSet::new(),
            pushed: 0,
        }
    }

    fn home(&self, core: usize) -> usize {
        if self.placement == Placement::Global { 0 } else { core }
    }

    pub(crate) fn take_step(&mut self, step: &Step) {
        let cores = self.queues.len();
        match *step {
            Step::Push { core, tree, depth, count } => {
                let home = self.home(core % cores);
                for _ in 0..count {
                    self.pushed += 1;
                    let item = Item { tree, depth, number: self.pushed };
                    self.scheduler.push(core % cores, item);
                    self.queues[home].push(item);
                }
            }
            Step::Turn { core, more } => {
                if let Some(first) = self.take(core % cores) {
                    (0..more).for_each(|_| self.take_next(core % cores, first.tree));
                }
            }
            Step::Admit { tree, depth } => {
                if !self.closed.remove(&(tree, depth)) {
                    self.closed.insert((tree, depth));
                }
            }
            Step::Overdue { core } => {
                let home = self.home(core % cores);
                self.scheduler.overdue(core % cores);
                self.queues[home].is_overdue |= !self.queues[home].items.is_empty();
            }
        }
    }

    fn take(&mut self, core: usize) -> Option<Item> {
        let home = self.home(core);
        let expected = self.queues[home].next(&self.closed).or_else(|| self.steal(core));
        let closed = &self.closed;
        let admit = |item: &Item| (!closed.contains(&(item.tree, item.depth))).then_some(());
        let taken = self.scheduler.take_job(core, admit).map(|(item, ())| item);
        assert_eq!(taken, expected, "another job should have begun on core {core}");
        taken
    }

    /// The jobs of a tree follow each other, and none of another comes between them.
    fn take_next(&mut self, core: usize, tree: u64) {
        let queue = &mut self.queues[if self.placement == Placement::Global { 0 } else { core }];
        if queue.items.is_empty() {
            return;
        }
        let nothing_closed = BTreeSet::new();
        let first = queue.first(tree, queue.is_turn_of_shallow(tree), &nothing_closed);
        let expected = first.filter(|item| !self.closed.contains(&(tree, item.depth)));
        expected.into_iter().for_each(|item| _ = queue.take(item));
        let closed = &self.closed;
        let admit = |item: &Item| (!closed.contains(&(item.tree, item.depth))).then_some(());
        let taken = self.scheduler.take_next(core, tree, admit).map(|(item, ())| item);
        assert_eq!(taken, expected, "another job should have followed on core {core}");
    }

    fn steal(&mut self, thief: usize) -> Option<Item> {
        if self.placement != Placement::Steal {
            return None;
        }
        let cores = self.queues.len();
        let (item, more) = (1..cores).map(|distance| (thief + distance) % cores).find_map(|victim| {
            self.queues[victim].has_to_spare().then(|| self.queues[victim].give(&self.closed)).flatten()
        })?;
        more.into_iter().for_each(|item| self.queues[thief].push(item));
        Some(item)
    }

    /// Takes all that is left.
    pub(crate) fn end(mut self) {
        self.closed.clear();
        for core in 0..self.queues.len() {
            while self.take(core).is_some() {}
        }
        for core in 0..self.queues.len() {
            while self.take(core).is_some() {}
            assert!(self.queues[core].items.is_empty(), "jobs are left");
        }
    }
}
