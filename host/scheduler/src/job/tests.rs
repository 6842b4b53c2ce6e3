//! Every step of a job, and steps that come too late.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::children::{Children, Job};

/// Counts the jobs that are gone, and those whose memory is freed.
struct Counted;

impl JobKind for Counted {
    type Tree = Arc<[AtomicUsize; 2]>;
    type Spec = ();
    type Message = u8;
    type Outcome = Result<u8, &'static str>;
    type Reason = &'static str;
    type Moment = u32;

    fn depth(_spec: &Self::Spec) -> u32 {
        0
    }

    fn tree_id(_tree: &Self::Tree) -> u64 {
        0
    }

    fn forgotten() -> &'static str {
        "forgotten"
    }

    fn stopped((): &(), reason: &'static str) -> Option<Self::Outcome> {
        (reason != "forgotten").then_some(Err(reason))
    }

    fn gone(gone: &Self::Tree, (): &(), _outcome: Option<&Self::Outcome>) {
        gone[0].fetch_add(1, Ordering::SeqCst);
    }

    fn dropped(dropped: &Self::Tree) {
        dropped[1].fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_claim_can_be_undone_until_the_job_has_to_stop() {
    let family = Family::new();
    let job = family.start(7);
    assert_eq!(job.unclaim(1), Err(1), "it has not begun");
    assert_eq!(job.claim(), Some(7));
    assert_eq!(job.unclaim(8), Ok(()));
    assert_eq!((job.claim(), job.claim()), (Some(8), None));
    job.stop(Stop { reason: "late", deadline: 0 });
    assert_eq!(job.unclaim(9), Err(9));
    job.finish(Ok(1));
    assert_eq!(job.unclaim(9), Err(9));
    assert_eq!((family.gone(), family.children.take()), (1, vec![(0, Err("late"))]));
}

struct Family {
    children: Arc<Children<Counted>>,
}

impl Family {
    fn new() -> Self {
        Self { children: Children::new(Arc::default()) }
    }

    fn start(&self, message: u8) -> Arc<Job<Counted>> {
        self.children.add((), message)
    }

    fn gone(&self) -> usize {
        self.children.tree()[0].load(Ordering::SeqCst)
    }

    fn dropped(&self) -> usize {
        self.children.tree()[1].load(Ordering::SeqCst)
    }
}

const TIMEOUT: Stop<Counted> = Stop { reason: "late", deadline: 9 };
const FORGOTTEN: Stop<Counted> = Stop { reason: "forgotten", deadline: 5 };

#[test]
fn a_job_is_claimed_once() {
    let job = Family::new().start(7);
    assert_eq!(job.claim(), Some(7));
    assert_eq!(job.claim(), None);
}

#[test]
fn a_job_is_there_until_its_parent_has_its_outcome_or_never_will() {
    let family = Family::new();
    let jobs = [(); 2].map(|()| family.start(7));
    jobs.iter().for_each(|job| job.finish(Ok(8)));
    drop(jobs);
    assert_eq!((family.gone(), family.dropped()), (2, 0));
    assert!(family.children.forget(1).is_some());
    assert_eq!(family.children.take().len(), 1);
    assert_eq!(family.dropped(), 2);
}

#[test]
fn an_outcome_comes_once_and_stopping_afterwards_changes_nothing() {
    let family = Family::new();
    let job = family.start(7);
    job.claim().unwrap();
    job.finish(Ok(1));
    job.finish(Ok(2));
    job.stop(TIMEOUT);
    assert!(!job.is_stopping());
    assert_eq!(family.children.take(), [(0, Ok(1))]);
    assert_eq!((family.gone(), family.children.live()), (1, 0));
}

#[test]
fn a_job_that_never_began_ends_when_it_is_stopped() {
    let family = Family::new();
    let job = family.start(7);
    job.stop(TIMEOUT);
    assert!(job.is_stale());
    assert_eq!(job.claim(), None);
    assert_eq!(family.children.take(), [(0, Err("late"))]);
    assert_eq!(family.gone(), 1);
}

#[test]
fn a_job_that_runs_ends_when_its_runner_says_so() {
    let family = Family::new();
    let job = family.start(7);
    job.claim().unwrap();
    job.stop(TIMEOUT);
    assert!(job.is_stopping());
    assert_eq!((family.gone(), family.children.live()), (0, 1));
    job.finish(Ok(1));
    assert_eq!(family.children.take(), [(0, Err("late"))]);
}

#[test]
fn the_first_stop_says_why_and_the_earliest_until_when() {
    let family = Family::new();
    let job = family.start(7);
    assert_eq!(job.stop_deadline(), None);
    job.claim().unwrap();
    job.stop(TIMEOUT);
    assert_eq!(job.stop_deadline(), Some(9));
    job.stop(FORGOTTEN);
    assert_eq!(job.stop_deadline(), Some(5));
    job.finish(Ok(1));
    assert_eq!(family.children.take(), [(0, Err("late"))]);
}

#[test]
fn a_job_that_was_refused_has_its_outcome_without_running() {
    let family = Family::new();
    let job = family.start(7);
    job.finish(Err("refused"));
    assert_eq!(job.claim(), None);
    assert_eq!(family.children.take(), [(0, Err("refused"))]);
}
