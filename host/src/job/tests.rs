//! Every step of the state word, and the losers of every race.

use super::*;

fn job(inbox: &Arc<Inbox>) -> Arc<Job> {
    Arc::new(Job::new(7, vec![1, 2], 0, 1, Arc::clone(inbox)))
}

#[test]
fn a_job_is_claimed_once() {
    let job = job(&Arc::default());
    assert_eq!(job.claim(), Some(vec![1, 2]));
    assert_eq!(job.claim(), None);
}

#[test]
fn a_cancelled_job_is_not_claimed_and_leaves_nothing() {
    let inbox = Arc::default();
    let job = job(&inbox);
    job.cancel();
    assert!(job.is_cancelled());
    assert_eq!(job.claim(), None);
    job.complete(Ok(Vec::new()));
    assert!(inbox.take().is_empty());
}

#[test]
fn an_outcome_comes_once_and_cancelling_afterwards_changes_nothing() {
    let inbox = Arc::default();
    let job = job(&inbox);
    job.claim().unwrap();
    job.complete(Ok(vec![3]));
    job.complete(Ok(vec![4]));
    job.cancel();
    assert!(!job.is_cancelled());
    let outcomes = inbox.take();
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].1.as_deref().unwrap(), [3]);
}

#[test]
fn completing_wakes_the_parent_and_cancelling_wakes_the_runner() {
    let (parent, runner) = (futures_util::task::noop_waker(), CountingWaker::new());
    let inbox: Arc<Inbox> = Arc::default();
    let job = job(&inbox);
    job.claim().unwrap();
    assert!(inbox.poll_ready(&Context::from_waker(&parent)).is_pending());
    assert!(job.poll_cancelled(&Context::from_waker(&runner.waker())).is_pending());
    job.cancel();
    assert_eq!(runner.wakes(), 1);
    assert!(job.poll_cancelled(&Context::from_waker(&runner.waker())).is_ready());
}

#[test]
fn who_waits_for_one_job_is_woken_by_that_one_and_finds_the_outcome() {
    let inbox = Arc::default();
    let waiter = CountingWaker::new();
    let (one, other) = (job(&inbox), Arc::new(Job::new(7, Vec::new(), 1, 1, Arc::clone(&inbox))));
    assert!(one.poll_end(&Context::from_waker(&waiter.waker())).is_pending());
    other.complete(Ok(Vec::new()));
    assert_eq!(waiter.wakes(), 0);
    one.claim().unwrap();
    assert!(one.poll_end(&Context::from_waker(&waiter.waker())).is_pending());
    one.complete(Ok(Vec::new()));
    assert_eq!(waiter.wakes(), 1);
    assert!(one.poll_end(&Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(inbox.take().len(), 2);
    assert!(one.poll_end(&Context::from_waker(Waker::noop())).is_ready(), "also when it was taken");
}

#[test]
fn a_cancelled_job_has_come_to_its_end() {
    let inbox = Arc::default();
    let job = job(&inbox);
    assert!(job.poll_end(&Context::from_waker(Waker::noop())).is_pending());
    job.cancel();
    assert!(job.poll_end(&Context::from_waker(Waker::noop())).is_ready());
}

struct CountingWaker(Arc<Count>);
struct Count(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl CountingWaker {
    fn new() -> Self {
        Self(Arc::new(Count(0.into())))
    }
    fn waker(&self) -> Waker {
        Arc::clone(&self.0).into()
    }
    fn wakes(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }
}
