//! The scheduler on one thread, and at last on three that try to lose a job between them.

use std::sync::Arc;
use std::task::{Wake, Waker};

use super::*;

const ALL: fn(&u32) -> Option<()> = |_| Some(());

impl Queued for u32 {
    fn is_stale(&self) -> bool {
        *self >= 1_000
    }

    fn depth(&self) -> u32 {
        *self / 100 % 10
    }

    fn tree_id(&self) -> u64 {
        0
    }
}

impl Queued for usize {
    fn is_stale(&self) -> bool {
        false
    }

    fn depth(&self) -> u32 {
        0
    }

    fn tree_id(&self) -> u64 {
        0
    }
}

/// Counts wake-ups.
#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Wakes {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn ask(scheduler: &Scheduler<u32>, core: usize, wakes: &Arc<Wakes>) -> Option<u32> {
    let waker = Waker::from(Arc::clone(wakes));
    match scheduler.poll_next(core, ALL, &Context::from_waker(&waker)) {
        Poll::Ready(Next::Job(job, ())) => Some(job),
        Poll::Ready(Next::ShutDown) | Poll::Pending => None,
    }
}

#[test]
fn a_core_takes_its_own_jobs_in_order() {
    let scheduler = Scheduler::new(2, Placement::Steal);
    (0..3).for_each(|job| scheduler.push(0, job));
    let wakes = Arc::default();
    assert_eq!([(); 4].map(|()| ask(&scheduler, 0, &wakes)), [Some(0), Some(1), Some(2), None]);
}

fn ask_for_excess(scheduler: &Scheduler<u32>, wakes: &Arc<Wakes>) -> Option<u32> {
    let waker = Waker::from(Arc::clone(wakes));
    match scheduler.poll_excess(ALL, &Context::from_waker(&waker)) {
        Poll::Ready((job, ())) => Some(job),
        Poll::Pending => None,
    }
}

#[test]
fn jobs_leave_one_by_one_and_the_last_stays() {
    for placement in [Placement::Steal, Placement::Global] {
        let scheduler = Scheduler::new(1, placement);
        // The hundreds are the depth.
        [200, 100, 201, 101].into_iter().for_each(|job| scheduler.push(0, job));
        assert_eq!(scheduler.excess(), 3);
        let wakes = Arc::default();
        assert_eq!(
            [(); 4].map(|()| ask_for_excess(&scheduler, &wakes)),
            [Some(100), Some(101), Some(200), None]
        );
        scheduler.mark_overdue(0);
        assert_eq!(wakes.count(), 1, "the core has no time for the last either");
        assert_eq!(ask_for_excess(&scheduler, &wakes), Some(201));
    }
}

#[test]
fn no_job_leaves_while_a_core_sleeps() {
    let scheduler = Scheduler::new(2, Placement::Steal);
    let (core, thief) = (Arc::default(), Arc::default());
    assert_eq!(ask(&scheduler, 1, &core), None);
    (0..2).for_each(|job| scheduler.push(0, job));
    assert_eq!((core.count(), ask_for_excess(&scheduler, &thief)), (1, Some(0)));
    assert_eq!(ask(&scheduler, 1, &core), None);
    scheduler.push(0, 2);
    assert_eq!((core.count(), thief.count()), (2, 0), "the core is woken first");
    assert_eq!(ask_for_excess(&scheduler, &thief), Some(1));
    assert_eq!(ask_for_excess(&scheduler, &thief), None);
    scheduler.push(0, 3);
    assert_eq!((core.count(), thief.count()), (2, 1), "no core sleeps");
}

#[test]
fn no_job_leaves_that_has_its_place() {
    let scheduler = Scheduler::new(1, Placement::Sharded);
    (0..3).for_each(|job| scheduler.push(0, job));
    assert_eq!((scheduler.excess(), ask_for_excess(&scheduler, &Arc::default())), (0, None));
}

#[test]
fn a_thief_takes_the_older_half_and_leaves_the_last_job_to_its_owner() {
    let scheduler = Scheduler::new(2, Placement::Steal);
    (0..5).for_each(|job| scheduler.push(0, job));
    let wakes = Arc::default();
    assert_eq!([(); 3].map(|()| ask(&scheduler, 1, &wakes)), [Some(0), Some(1), Some(2)]);
    assert_eq!(ask(&scheduler, 1, &wakes), Some(3));
    assert_eq!(ask(&scheduler, 1, &wakes), None);
    assert_eq!(ask(&scheduler, 0, &wakes), Some(4));
}

#[test]
fn one_job_wakes_nobody_until_it_is_overdue_and_two_wake_one() {
    let scheduler = Scheduler::new(3, Placement::Steal);
    let sleepers = [Arc::new(Wakes::default()), Arc::default()];
    assert_eq!(ask(&scheduler, 1, &sleepers[0]), None);
    assert_eq!(ask(&scheduler, 2, &sleepers[1]), None);
    let woken = || sleepers.iter().map(|wakes| wakes.count()).sum::<usize>();

    scheduler.push(0, 7);
    assert_eq!(woken(), 0);
    assert_eq!(ask(&scheduler, 1, &sleepers[0]), None);
    scheduler.mark_overdue(0);
    assert_eq!(woken(), 1);
    assert_eq!(ask(&scheduler, 1, &sleepers[0]), Some(7));
    scheduler.push(0, 8);
    scheduler.push(0, 9);
    assert_eq!(woken(), 2);
}

#[test]
fn only_the_first_job_is_tried_and_stays_if_it_does_not_fit() {
    let scheduler = Scheduler::<u32>::new(2, Placement::Steal);
    [1, 2, 3].into_iter().for_each(|job| scheduler.push(0, job));
    // The owner, and a thief whose own queue is empty.
    for core in [0, 1] {
        assert_eq!(scheduler.take_first_if(core, 0, |&job| job == 2), None);
    }
    assert_eq!(scheduler.take_first_if(1, 0, |&job| job == 1), Some(1));
    assert_eq!(scheduler.take_first_if(0, 7, |_| true), None, "a job of another tree");
    assert_eq!(scheduler.take_first_if(0, 0, |&job| job == 3), Some(3));
}

/// A core that computes, and reports no ticks, must not keep a job from the others.
#[test]
fn without_ticks_one_job_wakes_one() {
    let scheduler = Scheduler::new(2, Placement::Steal).without_ticks();
    let wakes = Arc::default();
    assert_eq!(ask(&scheduler, 1, &wakes), None);
    scheduler.push(0, 7);
    assert_eq!(wakes.count(), 1);
    assert_eq!(ask(&scheduler, 1, &wakes), Some(7));
}

#[test]
fn what_is_not_admitted_waits_and_holds_up_nobody() {
    let scheduler = Scheduler::new(2, Placement::Steal);
    [101, 1, 2, 102].into_iter().for_each(|job| scheduler.push(0, job));
    let waker = Waker::from(Arc::new(Wakes::default()));
    let context = Context::from_waker(&waker);
    let shallow = |job: &u32| (*job < 100).then_some(());
    let deep = |job: &u32| (*job > 100).then_some(());
    assert_eq!(scheduler.poll_next(0, shallow, &context), Poll::Ready(Next::Job(1, ())));
    assert_eq!(scheduler.poll_next(1, deep, &context), Poll::Ready(Next::Job(101, ())));
    assert_eq!(scheduler.poll_next(0, shallow, &context), Poll::Ready(Next::Job(2, ())));
    assert_eq!(scheduler.poll_next(0, shallow, &context), Poll::Pending);
    scheduler.wake_all();
    assert_eq!(scheduler.poll_next(0, ALL, &context), Poll::Ready(Next::Job(102, ())));
}

#[test]
fn shutting_down_wakes_and_tells_everybody() {
    let scheduler = Scheduler::<u32>::new(1, Placement::Steal);
    let wakes = Arc::new(Wakes::default());
    assert_eq!(ask(&scheduler, 0, &wakes), None);
    scheduler.shut_down();
    assert_eq!(wakes.count(), 1);
    let waker = Waker::from(wakes);
    assert_eq!(scheduler.poll_next(0, ALL, &Context::from_waker(&waker)), Poll::Ready(Next::ShutDown));
}

#[test]
fn sharded_jobs_go_to_each_core_in_turn_and_stay() {
    let scheduler = Scheduler::new(2, Placement::Sharded);
    let wakes = [Arc::new(Wakes::default()), Arc::default()];
    assert_eq!(ask(&scheduler, 1, &wakes[1]), None);
    scheduler.push(0, 10);
    assert_eq!(wakes[1].count(), 0);
    scheduler.push(0, 11);
    assert_eq!(wakes[1].count(), 1);
    scheduler.push(0, 12);
    assert_eq!([(); 3].map(|()| ask(&scheduler, 0, &wakes[0])), [Some(10), Some(12), None]);
    assert_eq!([(); 2].map(|()| ask(&scheduler, 1, &wakes[1])), [Some(11), None]);
}

#[test]
fn jobs_of_all_cores_are_in_one_queue() {
    let scheduler = Scheduler::new(2, Placement::Global);
    let wakes = [Arc::new(Wakes::default()), Arc::default()];
    assert_eq!(ask(&scheduler, 1, &wakes[1]), None);
    scheduler.push(0, 10);
    assert_eq!(wakes[1].count(), 0, "its own core is about to take it");
    scheduler.push(0, 11);
    assert_eq!(wakes[1].count(), 1);
    scheduler.push(1, 12);
    assert_eq!(
        [0, 1, 0, 1].map(|core| ask(&scheduler, core, &wakes[core])),
        [Some(10), Some(11), Some(12), None]
    );
}

#[test]
fn a_job_from_outside_wakes_its_core() {
    let scheduler = Scheduler::new(2, Placement::Steal);
    let wakes = [Arc::new(Wakes::default()), Arc::default()];
    assert_eq!([0, 1].map(|core| ask(&scheduler, core, &wakes[core])), [None, None]);
    scheduler.inject(0, 5);
    assert_eq!([wakes[0].count(), wakes[1].count()], [1, 0]);
    assert_eq!(ask(&scheduler, 0, &wakes[0]), Some(5));
}

#[test]
fn a_job_from_outside_does_not_wait_for_a_busy_core() {
    let scheduler = Scheduler::new(2, Placement::Steal);
    let wakes = Arc::new(Wakes::default());
    assert_eq!(ask(&scheduler, 1, &wakes), None);
    scheduler.inject(0, 5);
    assert_eq!(wakes.count(), 1);
    assert_eq!(ask(&scheduler, 1, &wakes), Some(5));
}

#[test]
fn stale_jobs_do_not_fill_the_queues() {
    for (cores, placement) in [(1, Placement::Steal), (2, Placement::Sharded), (2, Placement::Global)] {
        let scheduler = Scheduler::new(cores, placement);
        scheduler.push(0, 1);
        for _ in 0..10_000 {
            scheduler.push(0, 1_000);
            scheduler.count_stale(0);
        }
        let queued: usize = scheduler.cores.iter().map(|core| lock(&core.queue).len()).sum();
        assert!(queued <= 2 * FEW, "{queued} in {cores} queues");
        assert_eq!(ask(&scheduler, 0, &Arc::default()), Some(1));
    }
}

/// Looks for a job at once when it is woken, as another thread may, and finds none that is admitted.
struct LooksInVain {
    scheduler: Arc<Scheduler<u32>>,
    wakes: Wakes,
}

impl Wake for LooksInVain {
    fn wake(self: Arc<Self>) {
        assert_eq!(self.wakes.0.fetch_add(1, Ordering::SeqCst), 0, "woken again");
        self.look();
    }
}

impl LooksInVain {
    fn look(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let polled = self.scheduler.poll_next(0, |_| None::<()>, &Context::from_waker(&waker));
        assert_eq!(polled, Poll::Pending);
    }
}

#[test]
fn who_looks_in_vain_is_woken_once() {
    let scheduler = Arc::new(Scheduler::new(1, Placement::Steal));
    scheduler.push(0, 1);
    let core = Arc::new(LooksInVain { scheduler: Arc::clone(&scheduler), wakes: Wakes::default() });
    Arc::clone(&core).look();
    scheduler.wake_all();
    assert_eq!(core.wakes.count(), 1);
}

/// One thread pushes, and two take and park when they find nothing: every job arrives once.
#[test]
fn no_job_is_lost_between_threads() {
    const JOBS: usize = 20_000;
    let scheduler = Scheduler::new(3, Placement::Steal);
    let taken = AtomicUsize::new(0);
    let sum = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for core in [1, 2] {
            let (scheduler, taken, sum) = (&scheduler, &taken, &sum);
            scope.spawn(move || {
                let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
                let context = Context::from_waker(&waker);
                loop {
                    match scheduler.poll_next(core, |_| Some(()), &context) {
                        Poll::Ready(Next::Job(job, ())) => {
                            sum.fetch_add(job, Ordering::Relaxed);
                            if taken.fetch_add(1, Ordering::Relaxed) + 1 == JOBS {
                                scheduler.shut_down();
                            }
                        }
                        Poll::Ready(Next::ShutDown) => return,
                        Poll::Pending => std::thread::park(),
                    }
                    scheduler.stay_awake(core);
                }
            });
        }
        for job in 0..JOBS {
            scheduler.push(0, job);
            scheduler.mark_overdue(0);
        }
    });
    assert_eq!(sum.into_inner(), JOBS * (JOBS - 1) / 2);
}

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
