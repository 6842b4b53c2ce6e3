//! All interleavings of a few threads, for protocols that fail only in rare ones.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release -p parallel-scheduler --test loom`. A lost wake-up shows as a
//! deadlock, which loom finds.

#![cfg(loom)]

mod items;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::Notify;
use loom::thread;

use scheduler::{Children, Job, JobKind, Next, Placement, Scheduler, Slots, Stop};

/// Jobs without content. The atomic that counts those that are gone is std's, so that it adds no orders.
struct Plain;

impl JobKind for Plain {
    type Tree = AtomicUsize;
    type Spec = ();
    type Message = u8;
    type Outcome = &'static str;
    type Reason = Option<&'static str>;
    type Moment = u8;

    fn depth(_spec: &Self::Spec) -> u32 {
        0
    }

    fn tree_id(_tree: &Self::Tree) -> u64 {
        0
    }

    fn forgotten() -> Self::Reason {
        None
    }

    fn stopped((): &(), reason: Self::Reason) -> Option<&'static str> {
        reason
    }

    fn gone(gone: &AtomicUsize, (): &(), _outcome: Option<&Self::Outcome>) {
        gone.fetch_add(1, Ordering::SeqCst);
    }
}

const FORGOTTEN: Stop<Plain> = Stop { reason: None, deadline: 0 };
const LATE: Stop<Plain> = Stop { reason: Some("late"), deadline: 0 };

/// A thread that waits until it is woken.
struct Bell(Notify);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// Polls until ready, and sleeps in between as a core does.
fn wait<T>(mut poll: impl FnMut(&Context<'_>) -> Poll<T>) -> T {
    let bell = Arc::new(Bell(Notify::new()));
    let waker = Waker::from(Arc::clone(&bell));
    loop {
        match poll(&Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => bell.0.wait(),
        }
    }
}

fn model(body: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(5);
    builder.check(body);
}

fn family() -> (Arc<Children<Plain>>, Arc<Job<Plain>>) {
    let children = Children::new(AtomicUsize::new(0));
    let job = children.add((), 7);
    (children, job)
}

#[test]
fn a_job_is_claimed_by_one() {
    model(|| {
        let (_children, job) = family();
        let other = Arc::clone(&job);
        let claimed = thread::spawn(move || other.claim().is_some());
        let here = job.claim().is_some();
        assert!(here != claimed.join().unwrap());
    });
}

/// Whichever comes first, the job ends once, and a parent that forgot it gets no outcome.
#[test]
fn an_end_and_a_stop_make_one_end() {
    for stop in [FORGOTTEN, LATE] {
        model(move || {
            let (children, job) = family();
            let runner = thread::spawn(move || {
                if job.claim().is_some() {
                    job.finish("done");
                }
            });
            let job = if stop.reason.is_none() { children.forget(0) } else { children.get(0) };
            job.unwrap().stop(stop);
            wait(|context| children.poll_all_gone(context));
            assert_eq!(children.tree().load(Ordering::SeqCst), 1);
            let taken = children.take();
            match stop.reason {
                None => assert!(taken.is_empty()),
                Some(late) => assert!(taken == [(0, "done")] || taken == [(0, late)]),
            }
            runner.join().unwrap();
        });
    }
}

/// The job times out, and its parent forgets it, while it ends by itself.
#[test]
fn of_two_stops_and_an_end_one_counts() {
    model(|| {
        let (children, job) = family();
        job.claim().unwrap();
        let (timer, runner) = (Arc::clone(&job), job);
        let timer = thread::spawn(move || timer.stop(LATE));
        let runner = thread::spawn(move || runner.finish("done"));
        children.forget(0).unwrap().stop(FORGOTTEN);
        wait(|context| children.poll_all_gone(context));
        timer.join().unwrap();
        runner.join().unwrap();
        assert_eq!(children.tree().load(Ordering::SeqCst), 1);
        assert!(children.take().is_empty());
    });
}

#[test]
fn a_running_job_is_woken_by_its_stop() {
    model(|| {
        let (children, job) = family();
        job.claim().unwrap();
        let runner = thread::spawn(move || {
            wait(|context| job.poll_stopping(context));
            job.finish("stopped");
        });
        children.get(0).unwrap().stop(LATE);
        wait(|context| children.poll_ready(context));
        assert_eq!(children.take(), [(0, "late")]);
        runner.join().unwrap();
    });
}

#[test]
fn a_parent_is_woken_by_an_outcome_and_by_a_stop_request() {
    model(|| {
        let (children, job) = family();
        let asker = Arc::clone(&children);
        let runner = thread::spawn(move || {
            job.claim().unwrap();
            job.finish("done");
        });
        let asker = thread::spawn(move || asker.request_stop(0));
        // With the request or without, the outcome arrives.
        let mut heard = Vec::new();
        wait(|context| {
            let ready = children.poll_ready(context);
            heard.extend(children.take());
            if heard.is_empty() && children.is_stop_requested() {
                children.poll_all_gone(context)
            } else {
                ready
            }
        });
        runner.join().unwrap();
        asker.join().unwrap();
        heard.extend(children.take());
        assert_eq!(heard, [(0, "done")]);
        assert!(children.is_stop_requested());
    });
}

/// A parent that takes one outcome at a time, while another arrives, gets all of them in the order of their
/// arrival.
#[test]
fn a_job_that_is_not_admitted_stays_in_its_queue() {
    model(|| {
        let children = Children::<Plain>::new(AtomicUsize::new(0));
        let jobs = ["first", "second", "third"].map(|outcome| (children.add((), 7), outcome));
        let [first, second, (third, last)] = jobs;
        for (job, outcome) in [first, second] {
            job.claim().unwrap();
            job.finish(outcome);
        }
        let runner = thread::spawn(move || {
            third.claim().unwrap();
            third.finish(last);
        });
        let mut heard = Vec::new();
        while heard.len() < 3 {
            wait(|context| children.poll_ready(context));
            let mut is_first = true;
            let batch = children.take_while(|_, _| std::mem::take(&mut is_first));
            assert_eq!(batch.len(), 1);
            heard.extend(batch.into_iter().map(|(_, outcome)| outcome));
        }
        runner.join().unwrap();
        assert_eq!(heard, ["first", "second", "third"]);
    });
}

/// Runs every job that a core gets, until the end. Returns their sum.
fn run(scheduler: &Scheduler<Item>, core: usize) -> u32 {
    let mut sum = 0;
    loop {
        match wait(|context| scheduler.poll_next(core, |_| Some(()), context)) {
            Next::Job(Item(number), ()) => sum += number,
            Next::ShutDown => return sum,
        }
        scheduler.stay_awake(core);
    }
}

struct Item(u32);

impl scheduler::Queued for Item {
    fn is_stale(&self) -> bool {
        false
    }

    fn depth(&self) -> u32 {
        0
    }

    /// Puts every other one into another tree.
    fn tree_id(&self) -> u64 {
        u64::from(self.0.trailing_zeros() % 2)
    }
}

/// The owner pushes a job and continues to compute; the other core sleeps, or is about to.
#[test]
fn a_core_that_falls_asleep_misses_no_push() {
    for (pushes, placement) in [
        (1, Placement::Steal),
        (2, Placement::Steal),
        (2, Placement::Sharded),
        (1, Placement::Global),
        (2, Placement::Global),
    ] {
        model(move || {
            let scheduler = Arc::new(Scheduler::new(2, placement));
            let other = Arc::clone(&scheduler);
            let other =
                thread::spawn(move || match wait(|context| other.poll_next(1, |_| Some(()), context)) {
                    Next::Job(Item(number), ()) => number,
                    Next::ShutDown => 0,
                });
            (1..=pushes).for_each(|number| scheduler.push(0, Item(number)));
            scheduler.mark_overdue(0);
            assert!(other.join().unwrap() > 0);
        });
    }
}

/// The only core pushes jobs and continues to compute; the thief for other machines sleeps, or is about to.
#[test]
fn a_thief_for_other_machines_misses_no_push() {
    for (pushes, placement) in
        [(1, Placement::Steal), (2, Placement::Steal), (1, Placement::Global), (2, Placement::Global)]
    {
        model(move || {
            let scheduler = Arc::new(Scheduler::new(1, placement));
            let thief = Arc::clone(&scheduler);
            let thief = thread::spawn(move || {
                let (Item(number), ()) = wait(|context| thief.poll_excess(|_| Some(()), context));
                number
            });
            (1..=pushes).for_each(|number| scheduler.push(0, Item(number)));
            scheduler.mark_overdue(0);
            assert_eq!(thief.join().unwrap(), 1);
        });
    }
}

/// The owner continues to compute after each push, and the other core falls asleep after each job.
#[test]
fn each_job_that_is_overdue_wakes_a_sleeper() {
    model(|| {
        let scheduler = Arc::new(Scheduler::new(2, Placement::Steal));
        let other = Arc::clone(&scheduler);
        let other = thread::spawn(move || {
            [(); 2].map(|()| match wait(|context| other.poll_next(1, |_| Some(()), context)) {
                Next::Job(Item(number), ()) => number,
                Next::ShutDown => 0,
            })
        });
        for number in [1, 2] {
            scheduler.push(0, Item(number));
            scheduler.mark_overdue(0);
        }
        assert_eq!(other.join().unwrap(), [1, 2]);
    });
}

#[test]
fn a_job_from_outside_wakes_its_core() {
    model(|| {
        let scheduler = Arc::new(Scheduler::new(1, Placement::Steal));
        let core = Arc::clone(&scheduler);
        let core = thread::spawn(move || {
            matches!(wait(|context| core.poll_next(0, |_| Some(()), context)), Next::Job(Item(7), ()))
        });
        scheduler.inject(0, Item(7));
        assert!(core.join().unwrap());
    });
}

/// The owner takes all jobs that it can of one tree after the other, while a thief steals: every job runs
/// once.
#[test]
fn no_job_is_lost_or_doubled_between_owner_and_thief() {
    model(|| {
        let scheduler = Arc::new(Scheduler::new(2, Placement::Steal));
        (1..=3).for_each(|number| scheduler.push(0, Item(1 << number)));
        let thief = Arc::clone(&scheduler);
        let thief = thread::spawn(move || {
            std::iter::from_fn(|| thief.take_job(1, |_| Some(())))
                .map(|(Item(number), ())| number)
                .sum::<u32>()
        });
        let mut tree = 0;
        let next = || {
            let next = scheduler.take_next(0, tree, |_| Some(()));
            let (item, ()) = next.or_else(|| scheduler.take_job(0, |_| Some(())))?;
            tree = scheduler::Queued::tree_id(&item);
            Some(item.0)
        };
        let own: u32 = std::iter::from_fn(next).sum();
        let stolen = thief.join().unwrap();
        let left: u32 = [0, 1].into_iter().flat_map(|core| drain(&scheduler, core)).sum();
        assert_eq!(own + stolen + left, 2 + 4 + 8);
    });
}

fn drain(scheduler: &Scheduler<Item>, core: usize) -> Vec<u32> {
    scheduler.mark_overdue(core);
    std::iter::from_fn(|| scheduler.take_job(core, |_| Some(()))).map(|(Item(number), ())| number).collect()
}

#[test]
fn every_waiter_is_woken_by_the_end() {
    model(|| {
        let scheduler = Arc::new(Scheduler::new(1, Placement::Steal));
        let core = Arc::clone(&scheduler);
        let core = thread::spawn(move || run(&core, 0));
        scheduler.shut_down();
        assert_eq!(core.join().unwrap(), 0);
    });
}

/// One core releases a slot, takes it and releases it again, while another finds none for its job and falls
/// asleep.
#[test]
fn a_core_that_waits_for_a_slot_is_woken_by_one() {
    model(|| {
        let scheduler = Arc::new(Scheduler::new(2, Placement::Steal));
        let slots = Arc::new(Slots::new(1, 0));
        let mut held = slots.take(1);
        scheduler.push(1, Item(7));
        let (core, its_slots) = (Arc::clone(&scheduler), Arc::clone(&slots));
        let core = thread::spawn(move || {
            matches!(wait(|context| core.poll_next(1, |_| its_slots.take(1), context)), Next::Job(Item(7), _))
        });
        for _ in 0..2 {
            if held.take().is_some_and(|slot| slots.give_back(slot)) {
                scheduler.wake_all();
            }
            held = slots.take(1);
        }
        if held.take().is_some_and(|slot| slots.give_back(slot)) {
            scheduler.wake_all();
        }
        assert!(core.join().unwrap());
    });
}
