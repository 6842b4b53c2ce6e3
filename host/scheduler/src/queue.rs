//! A queue of jobs that have not begun: trees take turns, and within a tree the deepest job begins first.
//!
//! Each tree belongs to another run. So the number and the depth of a tree's jobs must not determine when a job
//! of another tree begins. A thief follows the same turns as the owner of the queue.

mod levels;

use std::collections::{BTreeMap, VecDeque};

use crate::kind::Queued;

pub(crate) use levels::Batch;
use levels::Levels;

/// If there are more trees than this, those without jobs are forgotten, because their runs may have ended.
const FEW_TREES: usize = 16;

/// The queued jobs of one core, or of all cores.
#[derive(Debug)]
pub(crate) struct Queue<J> {
    trees: BTreeMap<u64, Levels<J>>,
    /// The trees that have jobs, in the order of their turns.
    turns: VecDeque<u64>,
    length: usize,
}

impl<J: Queued> Queue<J> {
    pub(crate) fn new() -> Self {
        Self { trees: BTreeMap::new(), turns: VecDeque::new(), length: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a job behind those of the same tree and depth.
    pub(crate) fn push(&mut self, job: J) {
        self.tree(job.tree_id()).push(job.depth(), job);
        self.length += 1;
    }

    /// Adds jobs of one tree and depth behind the others of this tree and depth.
    pub(crate) fn append(&mut self, batch: Batch<J>) {
        if let Some(first) = batch.front() {
            self.length += batch.len();
            let depth = first.depth();
            self.tree(first.tree_id()).append(depth, batch);
        }
    }

    /// Takes the next job that is admitted, of the tree whose turn it is. This tree's next turn comes after
    /// those of all others.
    pub(crate) fn take<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let taken = self.in_turn(|jobs| jobs.take(admit))?;
        self.length -= 1;
        Some(taken)
    }

    /// Takes the first job of this tree, if it is admitted. This continues the current turn of the tree.
    pub(crate) fn take_of<A>(&mut self, tree: u64, admit: impl FnOnce(&J) -> Option<A>) -> Option<(J, A)> {
        let jobs = self.trees.get_mut(&tree)?;
        let taken = jobs.take_first(admit)?;
        let is_empty = jobs.is_empty();
        self.length -= 1;
        // Searched from the back: a tree that has just had its turn is there.
        if is_empty && let Some(place) = self.turns.iter().rposition(|&other| other == tree) {
            self.turns.remove(place);
            self.forget(tree);
        }
        Some(taken)
    }

    /// Takes an admitted job of the shallowest level of the tree whose turn it is, and half of the other jobs
    /// of that level.
    pub(crate) fn give<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A, Batch<J>)> {
        let given = self.in_turn(|jobs| jobs.give(admit))?;
        self.length -= 1 + given.2.len();
        Some(given)
    }

    /// Takes an admitted job of the shallowest level of the tree whose turn it is.
    pub(crate) fn give_one<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let given = self.in_turn(|jobs| jobs.give_one(admit))?;
        self.length -= 1;
        Some(given)
    }

    /// Removes and returns the stale jobs.
    pub(crate) fn take_stale(&mut self) -> Vec<J> {
        let mut stale = Vec::new();
        for jobs in self.trees.values_mut() {
            jobs.take_all(J::is_stale, &mut stale);
        }
        self.length -= stale.len();
        let trees = &self.trees;
        self.turns.retain(|tree| trees.get(tree).is_some_and(|jobs| !jobs.is_empty()));
        self.trees.retain(|_, jobs| !jobs.is_empty());
        stale
    }

    /// Calls `take` with one tree after the other, in the order of their turns, until it returns something.
    fn in_turn<T>(&mut self, mut take: impl FnMut(&mut Levels<J>) -> Option<T>) -> Option<T> {
        let Self { trees, turns, .. } = self;
        let (place, taken, is_empty) = turns.iter().enumerate().find_map(|(place, tree)| {
            let jobs = trees.get_mut(tree)?;
            let taken = take(jobs)?;
            Some((place, taken, jobs.is_empty()))
        })?;
        if is_empty {
            let tree = self.turns.remove(place)?;
            self.forget(tree);
        } else {
            // A tree that was passed over, because none of its jobs was admitted, stays in front.
            let tree = self.turns.remove(place)?;
            self.turns.push_back(tree);
        }
        Some(taken)
    }

    /// Returns the queue of a tree, and creates it if needed.
    fn tree(&mut self, tree: u64) -> &mut Levels<J> {
        let jobs = self.trees.entry(tree).or_insert_with(Levels::new);
        if jobs.is_empty() {
            self.turns.push_back(tree);
        }
        jobs
    }

    /// Forgets a tree that has no jobs, if there are many trees.
    fn forget(&mut self, tree: u64) {
        if self.trees.len() > FEW_TREES {
            self.trees.remove(&tree);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{FEW_TREES, Queue};
    use crate::kind::Queued;

    /// Has a depth, a tree and a number.
    #[derive(Debug, PartialEq)]
    struct Job(u32, u64, usize);

    impl Queued for Job {
        fn is_stale(&self) -> bool {
            self.2 == 0
        }

        fn depth(&self) -> u32 {
            self.0
        }

        fn tree_id(&self) -> u64 {
            self.1
        }
    }

    fn queue(jobs: impl IntoIterator<Item = Job>) -> Queue<Job> {
        let mut queue = Queue::new();
        jobs.into_iter().for_each(|job| queue.push(job));
        queue
    }

    fn take_all(queue: &mut Queue<Job>) -> Vec<usize> {
        std::iter::from_fn(|| queue.take(&mut |_| Some(()))).map(|(job, ())| job.2).collect()
    }

    #[test]
    fn trees_take_turns() {
        let mut queue = queue((1..4).map(|number| Job(1, 7, number)));
        (11..14).for_each(|number| queue.push(Job(1, 8, number)));
        assert_eq!(take_all(&mut queue), [1, 11, 2, 12, 3, 13]);
        assert!(queue.is_empty());
    }

    /// The queue once took the deepest job of all trees: main of a new run, which has depth 0, began when
    /// no other run had anything left to do.
    #[test]
    fn a_deep_tree_comes_before_no_other() {
        let mut queue = queue((1..100).map(|number| Job(5, 7, number)));
        queue.push(Job(0, 8, 500));
        let taken = [(); 2].map(|()| queue.take(&mut |_| Some(())).map(|(job, ())| job.2));
        assert_eq!(taken, [Some(1), Some(500)]);
    }

    #[test]
    fn a_tree_that_is_not_admitted_keeps_its_turn() {
        let mut queue = queue([Job(1, 7, 1), Job(1, 8, 11), Job(1, 8, 12)]);
        let taken = queue.take(&mut |job| (job.1 == 8).then_some(()));
        assert_eq!(taken, Some((Job(1, 8, 11), ())));
        assert_eq!(take_all(&mut queue), [1, 12]);
    }

    #[test]
    fn a_tree_goes_on_within_its_turn() {
        let mut queue = queue((1..4).map(|number| Job(1, 7, number)));
        queue.push(Job(1, 8, 11));
        assert_eq!(queue.take(&mut |_| Some(())), Some((Job(1, 7, 1), ())));
        assert_eq!(queue.take_of(7, |_| Some(())), Some((Job(1, 7, 2), ())));
        assert_eq!(queue.take_of(9, |_| Some(())), None);
        assert_eq!(queue.take(&mut |_| Some(())), Some((Job(1, 8, 11), ())));
        assert_eq!(queue.take_of(7, |_| Some(())), Some((Job(1, 7, 3), ())));
        assert_eq!(queue.take_of(7, |_| Some(())), None);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn thieves_take_turns_too() {
        let mut queue = queue((1..6).map(|number| Job(1, 7, number)));
        queue.push(Job(1, 8, 11));
        let (job, (), more) = queue.give(&mut |_| Some(())).expect("there are jobs");
        assert_eq!((job, more.into()), (Job(1, 7, 1), vec![Job(1, 7, 2), Job(1, 7, 3)]));
        let (job, (), more) = queue.give(&mut |_| Some(())).expect("there are jobs");
        assert_eq!((job, more.len()), (Job(1, 8, 11), 0));
        assert_eq!(queue.len(), 2);
        assert_eq!(take_all(&mut queue), [4, 5]);
    }

    #[test]
    fn trees_that_are_over_leave_nothing() {
        let mut queue = Queue::new();
        for tree in 0..1_000 {
            queue.push(Job(0, tree, 1));
            assert_eq!(take_all(&mut queue), [1]);
        }
        assert!(queue.trees.len() <= FEW_TREES && queue.turns.is_empty());
    }

    #[test]
    fn stale_jobs_are_taken_out() {
        let mut queue = queue([Job(1, 0, 0), Job(1, 0, 1), Job(2, 0, 0), Job(2, 0, 2), Job(1, 3, 0)]);
        assert_eq!(queue.take_stale().len(), 3);
        assert_eq!(queue.turns, [0]);
        assert_eq!(take_all(&mut queue), [2, 1]);
    }
}
