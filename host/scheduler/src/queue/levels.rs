//! The queued jobs of one tree: the deepest begins first, and of one depth the oldest.
//!
//! A job that waits for its own jobs keeps its instance and its slot. If the oldest job began first, a tree
//! would begin level by level, and nearly all of its jobs would wait for the leaves. If the deepest job begins
//! first, the number of jobs that have begun is hardly larger than the number of levels.

use std::collections::VecDeque;

/// One of this many jobs is taken from the shallowest level. Otherwise a job that always starts deeper jobs
/// would prevent shallower jobs from ever beginning.
pub(super) const FAIR: usize = 64;

/// Jobs of one tree and depth that move from one queue to another.
pub(crate) type Batch<J> = VecDeque<J>;

/// The jobs of one tree in one queue.
#[derive(Debug)]
pub(super) struct Levels<J> {
    /// The levels, the shallowest first.
    levels: Vec<Level<J>>,
    length: usize,
    /// How many jobs the owner of the queue has taken.
    taken: usize,
}

/// Jobs of one depth. If the first of them is not admitted, none is.
#[derive(Debug)]
struct Level<J> {
    depth: u32,
    jobs: VecDeque<J>,
}

impl<J> Levels<J> {
    pub(super) fn new() -> Self {
        Self { levels: Vec::new(), length: 0, taken: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a job behind the others of its depth.
    pub(super) fn push(&mut self, depth: u32, job: J) {
        self.length += 1;
        self.level(depth).push_back(job);
    }

    /// Adds jobs behind the others of their depth.
    pub(super) fn append(&mut self, depth: u32, mut batch: Batch<J>) {
        self.length += batch.len();
        self.level(depth).append(&mut batch);
    }

    /// Takes the next job that is admitted.
    pub(super) fn take<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let level = |(index, level): (usize, &Level<J>)| Some((index, level.admit(admit)?));
        let mut levels = self.levels.iter().enumerate();
        let (index, admitted) =
            if self.is_turn_of_shallow() { levels.find_map(level) } else { levels.rev().find_map(level) }?;
        Some((self.pop(index)?, admitted))
    }

    /// Takes the first job of the tree, if it is admitted.
    pub(super) fn take_first<A>(&mut self, admit: impl FnOnce(&J) -> Option<A>) -> Option<(J, A)> {
        let mut waiting = self.levels.iter().enumerate().filter(|(_, level)| !level.jobs.is_empty());
        let (index, first) = if self.is_turn_of_shallow() { waiting.next() } else { waiting.next_back() }?;
        let admitted = admit(first.jobs.front()?)?;
        Some((self.pop(index)?, admitted))
    }

    /// Takes an admitted job of the shallowest level, and half of the other jobs of that level. Shallow jobs
    /// have the largest subtrees, so a thief gets much work at once.
    pub(super) fn give<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A, Batch<J>)> {
        let (level, admitted) =
            self.levels.iter_mut().find_map(|level| level.admit(admit).map(|admitted| (level, admitted)))?;
        let job = level.jobs.pop_front()?;
        let more: Batch<J> = level.jobs.drain(..level.jobs.len() / 2).collect();
        self.length -= 1 + more.len();
        Some((job, admitted, more))
    }

    /// Takes an admitted job of the shallowest level.
    pub(super) fn give_one<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let (level, admitted) =
            self.levels.iter_mut().find_map(|level| level.admit(admit).map(|admitted| (level, admitted)))?;
        let job = level.jobs.pop_front()?;
        self.length -= 1;
        Some((job, admitted))
    }

    /// Moves the jobs for which `holds` returns `true` to `taken`.
    pub(super) fn take_all(&mut self, mut holds: impl FnMut(&J) -> bool, taken: &mut Vec<J>) {
        for level in &mut self.levels {
            let all = std::mem::take(&mut level.jobs).into_iter();
            let (those, rest) = all.partition::<Vec<_>, _>(&mut holds);
            level.jobs = rest.into();
            self.length -= those.len();
            taken.extend(those);
        }
    }

    fn is_turn_of_shallow(&self) -> bool {
        (self.taken + 1).is_multiple_of(FAIR)
    }

    fn pop(&mut self, index: usize) -> Option<J> {
        let job = self.levels[index].jobs.pop_front()?;
        self.taken += 1;
        self.length -= 1;
        Some(job)
    }

    /// Returns the level of this depth. The search is cheap, because the depth of trees is limited.
    fn level(&mut self, depth: u32) -> &mut VecDeque<J> {
        let index = self.levels.iter().rposition(|level| level.depth == depth);
        let index = index.unwrap_or_else(|| {
            let index = self.levels.partition_point(|level| level.depth < depth);
            self.levels.insert(index, Level { depth, jobs: VecDeque::new() });
            index
        });
        &mut self.levels[index].jobs
    }
}

impl<J> Level<J> {
    fn admit<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<A> {
        self.jobs.front().and_then(admit)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{FAIR, Levels};

    fn levels(jobs: impl IntoIterator<Item = (u32, usize)>) -> Levels<usize> {
        let mut levels = Levels::new();
        jobs.into_iter().for_each(|(depth, job)| levels.push(depth, job));
        levels
    }

    fn take_all(levels: &mut Levels<usize>) -> Vec<usize> {
        std::iter::from_fn(|| levels.take(&mut |_| Some(()))).map(|(job, ())| job).collect()
    }

    #[test]
    fn the_deepest_begins_and_of_those_the_oldest() {
        let mut levels = levels([(1, 1), (2, 2), (1, 3), (2, 4)]);
        assert_eq!(take_all(&mut levels), [2, 4, 1, 3]);
        assert!(levels.is_empty());
    }

    #[test]
    fn a_shallow_job_begins_at_last() {
        let mut levels = levels([(1, 1)]);
        let mut order = Vec::new();
        for number in 2..200 {
            levels.push(2, number);
            order.extend(levels.take(&mut |_| Some(())).map(|(job, ())| job));
        }
        assert_eq!(order.iter().position(|&number| number == 1), Some(FAIR - 1));
    }

    #[test]
    fn what_is_not_admitted_is_asked_for_once_and_holds_up_no_other_level() {
        let mut levels = levels((1..100).map(|number| (2, number)));
        levels.push(1, 500);
        let mut asked = 0;
        let taken = levels.take(&mut |&job| {
            asked += 1;
            (job == 500).then_some(())
        });
        assert_eq!((taken, asked), (Some((500, ())), 2));
    }

    #[test]
    fn the_first_is_taken_or_none() {
        let mut levels = levels([(1, 1), (2, 2)]);
        assert_eq!(levels.take_first(|&job| (job == 1).then_some(())), None);
        assert_eq!(levels.take_first(|&job| (job == 2).then_some(())), Some((2, ())));
        assert_eq!(levels.take_first(|&job| (job == 1).then_some(())), Some((1, ())));
        assert_eq!(levels.take_first(|_| Some(())), None);
    }

    #[test]
    fn a_shallow_level_is_given_away_by_half() {
        let mut levels = levels([(2, 9)]);
        (1..6).for_each(|number| levels.push(1, number));
        let (job, (), more) = levels.give(&mut |_| Some(())).expect("there are jobs");
        assert_eq!((job, more.into()), (1, vec![2, 3]));
        assert_eq!(take_all(&mut levels), [9, 4, 5]);
    }
}
