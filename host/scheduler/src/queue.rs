//! Jobs that have not begun: the deepest first, and of one depth the oldest first.
//!
//! A job that waits for its own jobs keeps its instance and its slot. If those that came first began
//! first, a tree would be begun level by level, and nearly all of it would wait for its leaves. Depth
//! first, there are never many more of it than it has levels. Who takes from the queue of somebody
//! else takes from the other end: a shallow job has the most of a tree below it.

use std::collections::VecDeque;

use crate::sync::planted;
use crate::work::Queued;

/// Of so many jobs that are taken one is of the shallowest, so that deep ones, of which there are more and
/// more, keep none from beginning.
const FAIR: usize = 64;

/// Before there are more ranks than this, those without jobs go: they may be of trees that are over.
const FEW_RANKS: usize = 16;

/// The jobs that one core has, or all.
#[derive(Debug)]
pub(crate) struct Queue<J> {
    /// The shallowest first; of one depth, the one whose turn comes last first.
    ranks: Vec<Rank<J>>,
    length: usize,
    /// How many have been taken, by who has the queue.
    taken: usize,
}

/// Jobs of one tree and depth. If one of them is not admitted, no other is.
#[derive(Debug)]
struct Rank<J> {
    depth: u32,
    tree: u64,
    jobs: VecDeque<J>,
}

/// Jobs of one rank that go from one queue to another.
pub(crate) type Batch<J> = VecDeque<J>;

impl<J: Queued> Queue<J> {
    pub(crate) fn new() -> Self {
        Self { ranks: Vec::new(), length: 0, taken: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds a job behind those of its rank.
    pub(crate) fn push(&mut self, job: J) {
        self.rank_of(&job).push_back(job);
        self.length += 1;
    }

    /// Adds jobs of one rank behind others of it.
    pub(crate) fn append(&mut self, mut batch: Batch<J>) {
        if let Some(first) = batch.front() {
            self.length += batch.len();
            self.rank_of(first).append(&mut batch);
        }
    }

    /// The next job that is admitted.
    pub(crate) fn take<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A)> {
        let is_shallow = (self.taken + 1).is_multiple_of(FAIR);
        let (index, admitted) = if is_shallow { self.shallowest(admit) } else { self.deepest(admit) }?;
        let job = self.ranks[index].jobs.pop_front()?;
        self.taken += 1;
        self.length -= 1;
        self.pass_turn(index);
        Some((job, admitted))
    }

    /// A shallow job that is admitted, and half of those of its rank.
    pub(crate) fn give<A>(&mut self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(J, A, Batch<J>)> {
        let (index, admitted) = self.shallowest(admit)?;
        let jobs = &mut self.ranks[index].jobs;
        let job = jobs.pop_front()?;
        let more: Batch<J> = jobs.drain(..jobs.len() / 2).collect();
        self.length -= 1 + more.len();
        Some((job, admitted, more))
    }

    /// Takes out those that nobody needs.
    pub(crate) fn take_stale(&mut self) -> Vec<J> {
        let mut stale = Vec::new();
        for rank in &mut self.ranks {
            let (old, fresh) = std::mem::take(&mut rank.jobs)
                .into_iter()
                .partition::<Vec<_>, _>(|job| job.is_stale() || planted("forget-all"));
            rank.jobs = fresh.into();
            stale.extend(old);
        }
        self.length -= stale.len();
        stale
    }

    fn deepest<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(usize, A)> {
        self.ranks.iter().enumerate().rev().find_map(|(index, rank)| Some((index, rank.admit(admit)?)))
    }

    fn shallowest<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<(usize, A)> {
        self.ranks.iter().enumerate().find_map(|(index, rank)| Some((index, rank.admit(admit)?)))
    }

    /// The jobs of this job's rank.
    fn rank_of(&mut self, job: &J) -> &mut Batch<J> {
        let (depth, tree) = (job.depth(), job.tree());
        let index = self.ranks.iter().rposition(|rank| (rank.depth, rank.tree) == (depth, tree));
        let index = index.unwrap_or_else(|| {
            if self.ranks.len() >= FEW_RANKS {
                self.ranks.retain(|rank| !rank.jobs.is_empty());
            }
            let first = self.first_of(depth);
            self.ranks.insert(first, Rank { depth, tree, jobs: VecDeque::new() });
            first
        });
        &mut self.ranks[index].jobs
    }

    /// Lets the other trees come first that have jobs as deep.
    fn pass_turn(&mut self, index: usize) {
        let first = self.first_of(self.ranks[index].depth);
        self.ranks[first..=index].rotate_right(1);
    }

    fn first_of(&self, depth: u32) -> usize {
        self.ranks.partition_point(|rank| rank.depth < depth)
    }
}

impl<J> Rank<J> {
    fn admit<A>(&self, admit: &mut impl FnMut(&J) -> Option<A>) -> Option<A> {
        self.jobs.front().and_then(admit)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{FAIR, FEW_RANKS, Queue};
    use crate::work::Queued;

    /// A depth, a tree and a number.
    #[derive(Debug, PartialEq)]
    struct Job(u32, u64, usize);

    impl Queued for Job {
        fn is_stale(&self) -> bool {
            self.2 == 0
        }

        fn depth(&self) -> u32 {
            self.0
        }

        fn tree(&self) -> u64 {
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
    fn the_deepest_begins_and_of_those_the_oldest() {
        let mut queue = queue([Job(1, 0, 1), Job(2, 0, 2), Job(1, 0, 3), Job(2, 0, 4)]);
        assert_eq!(take_all(&mut queue), [2, 4, 1, 3]);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_shallow_job_begins_at_last() {
        let mut queue = queue([Job(1, 0, 1)]);
        let mut order = Vec::new();
        for number in 2..200 {
            queue.push(Job(2, 0, number));
            order.extend(queue.take(&mut |_| Some(())).map(|(job, ())| job.2));
        }
        assert_eq!(order.iter().position(|&number| number == 1), Some(FAIR - 1));
    }

    #[test]
    fn trees_take_turns() {
        let mut queue = queue((1..4).map(|number| Job(1, 7, number)));
        (11..14).for_each(|number| queue.push(Job(1, 8, number)));
        assert_eq!(take_all(&mut queue), [1, 11, 2, 12, 3, 13]);
    }

    #[test]
    fn what_is_not_admitted_is_asked_for_once_and_holds_up_no_other_rank() {
        let mut queue = queue((1..100).map(|number| Job(2, 0, number)));
        queue.push(Job(1, 0, 500));
        let mut asked = 0;
        let taken = queue.take(&mut |job| {
            asked += 1;
            (job.0 == 1).then_some(())
        });
        assert_eq!((taken, asked), (Some((Job(1, 0, 500), ())), 2));
    }

    #[test]
    fn a_shallow_rank_is_given_away_by_half() {
        let mut queue = queue([Job(2, 0, 9)]);
        (1..6).for_each(|number| queue.push(Job(1, 0, number)));
        let (job, (), more) = queue.give(&mut |_| Some(())).expect("there are some");
        assert_eq!((job, more.into()), (Job(1, 0, 1), vec![Job(1, 0, 2), Job(1, 0, 3)]));
        assert_eq!(queue.len(), 3);
        assert_eq!(take_all(&mut queue), [9, 4, 5]);
    }

    #[test]
    fn trees_that_are_over_leave_nothing() {
        let mut queue = Queue::new();
        for tree in 0..1_000 {
            queue.push(Job(0, tree, 1));
            assert_eq!(take_all(&mut queue), [1]);
        }
        assert!(queue.ranks.len() <= FEW_RANKS);
    }

    #[test]
    fn stale_jobs_are_taken_out() {
        let mut queue = queue([Job(1, 0, 0), Job(1, 0, 1), Job(2, 0, 0), Job(2, 0, 2)]);
        assert_eq!(queue.take_stale().len(), 2);
        assert_eq!(take_all(&mut queue), [2, 1]);
    }
}
