//! A ledger of the life of every job, checked as it happens.
//!
//! The model checker does not know its lock, so keeping the ledger changes no interleaving.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use scheduler::Work;

use crate::guest::Script;

pub(crate) type Job = scheduler::Job<Model>;
pub(crate) type Children = scheduler::Children<Model>;

/// The kind of work that the models have.
pub(crate) enum Model {}

pub(crate) struct Spec {
    /// The place in the ledger.
    pub(crate) id: usize,
    pub(crate) depth: u32,
    pub(crate) timeout: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Forgotten,
    Cancelled,
    TimedOut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    Failed,
    Trapped,
    Refused,
    Stopped(Reason),
}

#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) id: usize,
    pub(crate) end: End,
}

impl Work for Model {
    type Run = Arc<Ledger>;
    type Spec = Spec;
    type Message = Script;
    type Outcome = Outcome;
    type Reason = Reason;
    type Moment = u32;

    fn depth(spec: &Spec) -> u32 {
        spec.depth
    }

    fn tree(_run: &Self::Run) -> u64 {
        0
    }

    fn forgotten() -> Reason {
        Reason::Forgotten
    }

    fn stopped(spec: &Spec, reason: Reason) -> Option<Outcome> {
        let end = End::Stopped(reason);
        (reason != Reason::Forgotten).then_some(Outcome { id: spec.id, end })
    }

    fn gone(ledger: &Arc<Ledger>, spec: &Spec, _outcome: Option<&Self::Outcome>) {
        ledger.is_gone(spec.id);
    }
}

#[derive(Default)]
pub(crate) struct Ledger(Mutex<Vec<Entry>>);

struct Entry {
    parent: Option<usize>,
    step: Step,
    /// How many jobs that it started are not gone.
    live: usize,
    /// Whether it was to stop before it had ended.
    is_stopped: bool,
    is_forgotten: bool,
    is_heard_of: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Step {
    Waits,
    /// It has an instance and a slot.
    Runs,
    /// It has given them back.
    Ends,
    Gone,
}

impl Entry {
    fn new(parent: Option<usize>) -> Self {
        let step = Step::Waits;
        Self { parent, step, live: 0, is_stopped: false, is_forgotten: false, is_heard_of: false }
    }
}

impl Ledger {
    pub(crate) fn starts(&self, parent: Option<usize>) -> usize {
        let mut entries = self.lock();
        if let Some(parent) = parent {
            assert_eq!(entries[parent].step, Step::Runs, "only what runs can start a job");
            entries[parent].live += 1;
        }
        entries.push(Entry::new(parent));
        entries.len() - 1
    }

    pub(crate) fn begins(&self, id: usize) {
        let mut entries = self.lock();
        assert_eq!(entries[id].step, Step::Waits, "job {id} began twice, or after its end");
        entries[id].step = Step::Runs;
        if let Some(parent) = entries[id].parent {
            assert_eq!(entries[parent].step, Step::Runs, "job {id} began when its parent had ended");
        }
    }

    /// It has given back what it used.
    pub(crate) fn ends(&self, id: usize, is_stopped: bool) {
        let mut entries = self.lock();
        assert_eq!(entries[id].step, Step::Runs);
        assert_eq!(entries[id].live, 0, "job {id} has ended before its own jobs");
        entries[id].step = Step::Ends;
        entries[id].is_stopped = is_stopped;
    }

    fn is_gone(&self, id: usize) {
        let mut entries = self.lock();
        assert_ne!(entries[id].step, Step::Gone, "job {id} is gone twice");
        assert_ne!(entries[id].step, Step::Runs, "job {id} is gone and has its slot");
        assert_eq!(entries[id].live, 0, "job {id} is gone before its own jobs");
        entries[id].step = Step::Gone;
        if let Some(parent) = entries[id].parent {
            assert_eq!(entries[parent].step, Step::Runs, "job {id} outlives its parent");
            entries[parent].live -= 1;
        }
    }

    pub(crate) fn is_forgotten(&self, id: usize) {
        self.lock()[id].is_forgotten = true;
    }

    /// An outcome has come to this parent.
    pub(crate) fn is_heard(&self, parent: Option<usize>, outcome: Outcome) {
        let mut entries = self.lock();
        let entry = &mut entries[outcome.id];
        assert_eq!(entry.parent, parent, "{outcome:?} came to the wrong parent");
        assert_eq!(entry.step, Step::Gone, "{outcome:?} came before the end");
        assert!(!entry.is_forgotten, "{outcome:?} is of a job that was forgotten");
        assert!(!entry.is_heard_of, "{outcome:?} came after another");
        assert_ne!(outcome.end, End::Stopped(Reason::Forgotten));
        assert!(!entry.is_stopped || matches!(outcome.end, End::Stopped(_)), "{outcome:?} of a stopped job");
        saw(Sight::of(outcome.end));
        entry.is_heard_of = true;
    }

    pub(crate) fn check_all_gone(&self) {
        for (id, entry) in self.lock().iter().enumerate() {
            assert_eq!(entry.step, Step::Gone, "job {id} has no end");
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        // After a failure the rest is still dropped, and may look.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Events that the interleavings of a test should include; otherwise it shows less than it claims.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sight {
    Done,
    Failed,
    Trapped,
    Refused,
    Cancelled,
    TimedOut,
    /// A job was taken that had been stopped in the queue.
    Stale,
    /// A job was dropped that had not begun.
    DroppedBefore,
    /// A job ended or trapped with jobs of its own alive.
    LeftJobs,
    /// A job was asked to end.
    Asked,
    /// A job did not end when it was asked to.
    TooLate,
    /// A guest went on with another job.
    WentOn,
    /// A core died with guests on it.
    CoreDied,
}

impl Sight {
    const LAST: Self = Self::CoreDied;

    fn of(end: End) -> Self {
        match end {
            End::Done => Self::Done,
            End::Failed => Self::Failed,
            End::Trapped => Self::Trapped,
            End::Refused => Self::Refused,
            End::Stopped(Reason::TimedOut) => Self::TimedOut,
            End::Stopped(_) => Self::Cancelled,
        }
    }
}

static SEEN: [AtomicUsize; Sight::LAST as usize + 1] =
    [const { AtomicUsize::new(0) }; Sight::LAST as usize + 1];

pub(crate) fn saw(sight: Sight) {
    SEEN[sight as usize].fetch_add(1, Ordering::Relaxed);
}

/// How often each has been seen, in the order of [`Sight`].
pub(crate) fn seen() -> Vec<usize> {
    SEEN.iter().map(|count| count.load(Ordering::Relaxed)).collect()
}
