//! What should become of jobs, in sets and counters, without queues, locks or wakers.

use scheduler::{Placement, Slot};

use crate::kind::{Outcome, Reason};

/// The parent of the jobs that no guest has started.
pub(crate) const OUTSIDE: usize = 0;

/// One of this many jobs that a core takes from its queue is a shallow one.
const FAIR: usize = 64;

/// The state of all jobs, in the order of their start.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) placement: Placement,
    pub(crate) jobs: Vec<Record>,
    /// The shared slots that are free.
    pub(crate) free: usize,
    /// For each depth, whether its own slot is taken.
    own: Vec<bool>,
    /// Whether a job has found no slot since the last one was given back.
    wanted: bool,
    /// For each core, the core that gets its next job with `Sharded`.
    turns: Vec<usize>,
    /// For each core, how many jobs it has taken from its queue.
    taken: Vec<usize>,
    pub(crate) is_shut_down: bool,
}

#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) parent: usize,
    pub(crate) depth: u32,
    /// The parent's name for it.
    pub(crate) number: u32,
    pub(crate) step: Step,
    /// Why it has to stop, and by when.
    pub(crate) stop: Option<(Reason, u8)>,
    /// The core that it stays on, if jobs do. `None` for a job that is in no queue.
    pub(crate) home: Option<usize>,
    /// Whether it is in a queue, unless it has been removed as stale.
    pub(crate) is_queued: bool,
    /// Whether the parent has neither forgotten it nor taken its outcome.
    pub(crate) is_known: bool,
    /// Whether the parent dropped it before it started.
    pub(crate) is_dropped: bool,
    /// The jobs of this one whose outcome it has not taken, in the order of their ends.
    pub(crate) arrived: Vec<usize>,
    pub(crate) outcome: Option<Outcome>,
    /// How many of its own jobs are not gone.
    pub(crate) live: usize,
    pub(crate) is_stop_requested: bool,
    pub(crate) is_cooperative: bool,
    /// Whether it has returned and waits for the end of its own jobs.
    pub(crate) is_ending: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Waits,
    Runs { core: usize },
    Gone,
}

impl Record {
    fn new(parent: usize, depth: u32, number: u32) -> Self {
        Self {
            parent,
            depth,
            number,
            step: Step::Waits,
            stop: None,
            home: None,
            is_queued: false,
            is_known: true,
            is_dropped: false,
            arrived: Vec::new(),
            outcome: None,
            live: 0,
            is_stop_requested: false,
            is_cooperative: false,
            is_ending: false,
        }
    }

    pub(crate) fn runs(&self) -> bool {
        matches!(self.step, Step::Runs { .. })
    }
}

impl Model {
    pub(crate) fn new(cores: usize, placement: Placement, shared_slots: usize, max_depth: u32) -> Self {
        let mut outside = Record::new(OUTSIDE, 0, 0);
        outside.step = Step::Runs { core: 0 };
        Self {
            placement,
            jobs: vec![outside],
            free: shared_slots,
            own: vec![false; max_depth as usize + 1],
            wanted: false,
            turns: (0..cores).collect(),
            taken: vec![0; cores],
            is_shut_down: false,
        }
    }

    fn cores(&self) -> usize {
        self.turns.len()
    }

    /// Returns the depth of the jobs of this one. Jobs from outside have depth 0.
    pub(crate) fn depth_below(&self, parent: usize) -> u32 {
        if parent == OUTSIDE { 0 } else { self.jobs[parent].depth + 1 }
    }

    pub(crate) fn add(&mut self, parent: usize, number: u32) -> usize {
        let is_taken = self.known(parent).any(|id| self.jobs[id].number == number);
        assert!(!is_taken, "job {number} is another one of this parent");
        self.jobs.push(Record::new(parent, self.depth_below(parent), number));
        self.jobs[parent].live += 1;
        self.jobs.len() - 1
    }

    /// Queues a job of a guest of this core, or one from outside for this core.
    pub(crate) fn push(&mut self, id: usize, core: usize) {
        let is_outside = self.jobs[id].parent == OUTSIDE;
        let home = match self.placement {
            Placement::Global => 0,
            Placement::Sharded if !is_outside => {
                self.turns[core] += 1;
                (self.turns[core] - 1) % self.cores()
            }
            Placement::Sharded | Placement::Steal => core,
        };
        self.jobs[id].is_queued = true;
        self.jobs[id].home = Some(home);
    }

    /// Returns the jobs that this parent has neither forgotten nor taken the outcome of.
    pub(crate) fn known(&self, parent: usize) -> impl Iterator<Item = usize> {
        let of_parent = move |&id: &usize| self.jobs[id].parent == parent && self.jobs[id].is_known;
        (1..self.jobs.len()).filter(of_parent)
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = usize> {
        (1..self.jobs.len()).filter(|&id| self.jobs[id].runs())
    }

    /// Returns the queued jobs that are not stale and can get a slot, the oldest first. With `Sharded`, only
    /// those of this core.
    pub(crate) fn startable(&self, core: usize) -> impl Iterator<Item = usize> {
        (1..self.jobs.len()).filter(move |&id| {
            let job = &self.jobs[id];
            let may_be_here = self.placement != Placement::Sharded || job.home == Some(core);
            job.is_queued && job.step == Step::Waits && may_be_here && self.slot(job.depth).is_some()
        })
    }

    /// Returns which of these jobs a core must take from its queue: the oldest of the deepest, and now and then
    /// of the shallowest.
    pub(crate) fn take_from_queue(&mut self, core: usize, startable: &[usize]) -> Option<usize> {
        let queue = if self.placement == Placement::Global { 0 } else { core };
        self.taken[queue] += 1;
        let depth = |&id: &usize| self.jobs[id].depth;
        if self.taken[queue].is_multiple_of(FAIR) {
            startable.iter().copied().min_by_key(depth)
        } else {
            startable.iter().copied().rev().max_by_key(depth)
        }
    }

    /// Returns the slot that a job of this depth gets: a shared one, or else the own slot of its depth.
    fn slot(&self, depth: u32) -> Option<Slot> {
        if self.free > 0 {
            return Some(Slot::Shared);
        }
        (!self.own[depth as usize]).then_some(Slot::Own(depth))
    }

    pub(crate) fn take_slot(&mut self, depth: u32) -> Option<Slot> {
        let slot = self.slot(depth);
        match slot {
            Some(Slot::Shared) => self.free -= 1,
            Some(Slot::Own(depth)) => self.own[depth as usize] = true,
            None => self.wanted = true,
        }
        slot
    }

    /// Returns whether a job wanted one.
    pub(crate) fn give_slot_back(&mut self, slot: &Slot) -> bool {
        match *slot {
            Slot::Shared => self.free += 1,
            Slot::Own(depth) => self.own[depth as usize] = false,
        }
        std::mem::take(&mut self.wanted)
    }

    pub(crate) fn stop(&mut self, id: usize, reason: Reason, deadline: u8) {
        let job = &mut self.jobs[id];
        match job.step {
            Step::Waits => self.end(id, reason.outcome()),
            Step::Runs { .. } => {
                let (first, earliest) = job.stop.unwrap_or((reason, deadline));
                job.stop = Some((first, earliest.min(deadline)));
            }
            Step::Gone => {}
        }
    }

    /// Ends a job that ran, or was refused.
    pub(crate) fn finish(&mut self, id: usize, outcome: Outcome) {
        let told = match self.jobs[id].stop {
            Some((reason, _)) => reason.outcome(),
            None => Some(outcome),
        };
        self.end(id, told);
    }

    fn end(&mut self, id: usize, outcome: Option<Outcome>) {
        assert_eq!(self.jobs[id].live, 0);
        let parent = self.jobs[id].parent;
        self.jobs[id].step = Step::Gone;
        self.jobs[id].outcome = outcome;
        self.jobs[parent].live -= 1;
        if outcome.is_some() {
            self.jobs[parent].arrived.push(id);
        }
    }

    /// Returns whether there is an outcome for this parent.
    pub(crate) fn hears(&self, parent: usize) -> bool {
        self.jobs[parent].arrived.iter().any(|&id| self.jobs[id].is_known)
    }

    /// Takes at most this many outcomes: one of each job, and none of those that were forgotten. The others
    /// stay.
    pub(crate) fn take(&mut self, parent: usize, most: usize) -> Vec<(u32, Outcome)> {
        let (mut taken, mut kept) = (Vec::new(), Vec::new());
        for id in std::mem::take(&mut self.jobs[parent].arrived) {
            let job = &mut self.jobs[id];
            if taken.len() == most {
                kept.push(id);
            } else if let (true, Some(outcome)) = (std::mem::take(&mut job.is_known), job.outcome) {
                taken.push((job.number, outcome));
            }
        }
        self.jobs[parent].arrived = kept;
        taken
    }
}
