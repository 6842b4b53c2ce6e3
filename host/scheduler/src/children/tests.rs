//! Which outcomes and ends a parent learns of, and when.

use std::sync::atomic::AtomicUsize;
use std::task::Wake;

use super::*;

struct Plain;

impl JobKind for Plain {
    type Tree = ();
    type Spec = ();
    type Message = ();
    type Outcome = u8;
    type Reason = u8;
    type Moment = u8;

    fn depth(_spec: &Self::Spec) -> u32 {
        0
    }

    fn tree_id(_tree: &Self::Tree) -> u64 {
        0
    }

    fn forgotten() -> u8 {
        0
    }

    fn stopped((): &(), reason: u8) -> Option<u8> {
        (reason > 0).then_some(reason)
    }

    fn gone((): &(), (): &(), _outcome: Option<&Self::Outcome>) {}
}

const QUIETLY: Stop<Plain> = Stop { reason: 0, deadline: 0 };

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn numbers_are_small_and_used_again_but_never_for_two_at_a_time() {
    let children = Children::<Plain>::new(());
    let jobs = [(); 3].map(|()| children.add((), ()));
    assert_eq!(jobs.each_ref().map(|job| job.number()), [0, 1, 2]);
    jobs[1].finish(7);
    assert_eq!(children.add((), ()).number(), 3, "the outcome of job 1 has not been taken");
    assert_eq!(children.take(), [(1, 7)]);
    assert_eq!(children.add((), ()).number(), 1);
}

#[test]
fn an_outcome_can_be_taken_by_itself() {
    let children = Children::<Plain>::new(());
    let jobs = [(); 3].map(|()| children.add((), ()));
    assert_eq!(children.take_of(&jobs[1]), None);
    jobs[0].finish(5);
    jobs[1].finish(6);
    assert_eq!((children.take_of(&jobs[1]), children.take_of(&jobs[1])), (Some(6), None));
    let next = children.add((), ());
    assert_eq!(next.number(), 1);
    assert!(children.forget(0).is_some());
    assert_eq!(children.take(), [], "it is forgotten");
    next.finish(7);
    assert_eq!(children.take_of(&jobs[1]), None, "another job has its number");
    assert_eq!(children.take_of(&next), Some(7));
}

#[test]
fn of_a_forgotten_job_nothing_is_heard_but_it_is_waited_for() {
    let children = Children::<Plain>::new(());
    let job = children.add((), ());
    job.claim().unwrap();
    children.forget(0).unwrap().stop(QUIETLY);
    let next = children.add((), ());
    assert_eq!((next.number(), children.live()), (0, 2));
    next.finish(1);
    job.finish(2);
    assert_eq!(children.take(), [(0, 1)]);
    assert_eq!(children.live(), 0);
}

#[test]
fn a_job_forgotten_after_its_end_loses_its_outcome() {
    let children = Children::<Plain>::new(());
    children.add((), ()).finish(1);
    children.forget(0).unwrap().stop(QUIETLY);
    assert_eq!(children.take(), []);
}

#[test]
fn outcomes_that_nobody_will_take_do_not_pile_up() {
    let children = Children::<Plain>::new(());
    let kept = children.add((), ());
    for _ in 0..1_000 {
        let job = children.add((), ());
        job.finish(1);
        children.forget(job.number()).unwrap();
    }
    assert!(children.lock().outcomes.len() <= 2);
    kept.finish(2);
    assert_eq!(children.take(), [(0, 2)]);
}

#[test]
fn of_a_parent_that_is_gone_nothing_is_left() {
    let children = Children::<Plain>::new(());
    let jobs = [(); 3].map(|()| children.add((), ()));
    jobs[0].claim().unwrap();
    jobs[1].finish(1);
    children.stop_all(QUIETLY);
    children.abandon();
    jobs[0].finish(3);
    let gone = Arc::downgrade(&children);
    drop((jobs, children));
    assert_eq!(gone.strong_count(), 0);
}

#[test]
fn who_waits_is_woken_by_an_outcome_by_being_asked_and_by_the_last_end() {
    let children = Children::<Plain>::new(());
    let jobs = [(); 2].map(|()| children.add((), ()));
    let wakers = [(); 3].map(|()| Arc::new(Wakes::default()));
    let [any, one, all] = wakers.each_ref().map(|wakes| Waker::from(Arc::clone(wakes)));
    let woken = || wakers.each_ref().map(|wakes| wakes.0.load(Ordering::SeqCst));
    assert!(!children.is_cooperative());
    assert!(children.poll_ready(&Context::from_waker(&any)).is_pending());
    assert!(children.is_cooperative());
    assert!(jobs[1].poll_gone(&Context::from_waker(&one)).is_pending());
    assert!(children.poll_all_gone(&Context::from_waker(&all)).is_pending());
    jobs[0].finish(1);
    assert_eq!(woken(), [1, 0, 0]);
    children.take();
    assert!(children.poll_ready(&Context::from_waker(&any)).is_pending());
    children.request_stop(9);
    assert_eq!(woken(), [2, 0, 0]);
    assert!(children.poll_ready(&Context::from_waker(&any)).is_ready());
    jobs[1].stop(QUIETLY);
    assert_eq!(woken(), [2, 1, 1], "what was stopped quietly is gone all the same");
    assert!(jobs[1].poll_gone(&Context::from_waker(&one)).is_ready());
    assert!(children.poll_all_gone(&Context::from_waker(&all)).is_ready());
}

#[test]
fn stopping_all_reaches_those_that_wait_and_those_that_run() {
    let children = Children::<Plain>::new(());
    let [waiting, running] = [(); 2].map(|()| children.add((), ()));
    running.claim().unwrap();
    children.stop_all(Stop { reason: 4, deadline: 0 });
    assert_eq!(children.take(), [(0, 4)]);
    assert!(running.is_stopping() && waiting.claim().is_none());
    running.finish(9);
    assert_eq!(children.take(), [(1, 4)]);
}
