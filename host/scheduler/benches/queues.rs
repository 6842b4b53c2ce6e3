//! The cost of a job without an engine: to be queued, taken or stolen, and from its start to its outcome; beside
//! crossbeam's deque and the channels of std.
//!
//! `cargo xtask bench queues` runs this and records the time of a job.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use crossbeam_deque::{Steal, Stealer, Worker};
use scheduler::{Children, Job, JobKind, Placement, Queued, Scheduler};

/// How many jobs are stolen, or make their way to their parent, in one iteration.
const MANY: usize = 1_000;

/// A job without content.
struct Item;

impl Queued for Item {
    fn is_stale(&self) -> bool {
        false
    }

    fn depth(&self) -> u32 {
        1
    }

    fn tree_id(&self) -> u64 {
        0
    }
}

/// Jobs that take a number and leave one.
enum Numbers {}

impl JobKind for Numbers {
    type Tree = ();
    type Spec = ();
    type Message = usize;
    type Outcome = usize;
    type Reason = ();
    type Moment = u8;

    fn depth((): &()) -> u32 {
        1
    }

    fn tree_id((): &()) -> u64 {
        0
    }

    fn forgotten() {}

    fn stopped((): &(), (): ()) -> Option<usize> {
        None
    }

    fn gone((): &(), (): &(), _outcome: Option<&usize>) {}
}

type Jobs = Scheduler<Arc<Job<Numbers>>>;

/// Measures jobs that are pushed and taken by the same core, 1 or 100 at a time.
fn own(criterion: &mut Criterion) {
    for batch in [1, 100] {
        let mut group = criterion.benchmark_group(format!("own {batch}"));
        let scheduler = Scheduler::new(1, Placement::Steal);
        group.bench_function("scheduler", |bench| {
            bench.iter(|| {
                (0..batch).for_each(|_| scheduler.push(0, Item));
                while let Some((job, ())) = scheduler.take_job(0, |_| Some(())) {
                    black_box(job);
                }
            });
        });
        let worker = Worker::new_fifo();
        group.bench_function("deque", |bench| {
            bench.iter(|| {
                (0..batch).for_each(|_| worker.push(Box::new(Item)));
                while let Some(job) = worker.pop() {
                    black_box(job);
                }
            });
        });
    }
}

/// Measures jobs that one core pushes, and another steals as long as there are any.
fn stolen(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stolen");
    let scheduler = Scheduler::new(2, Placement::Steal);
    group.bench_function("scheduler", |bench| {
        bench.iter(|| {
            (0..MANY).for_each(|_| scheduler.push(0, Item));
            scheduler.mark_overdue(0);
            while let Some((job, ())) = scheduler.take_job(1, |_| Some(())) {
                black_box(job);
            }
        });
    });
    let (worker, thief) = (Worker::new_fifo(), Worker::new_fifo());
    let stealer = worker.stealer();
    group.bench_function("deque", |bench| {
        bench.iter(|| {
            (0..MANY).for_each(|_| worker.push(Box::new(Item)));
            while let Some(job) = thief.pop().or_else(|| steal(&stealer, &thief)) {
                black_box(job);
            }
        });
    });
}

fn steal<T>(from: &Stealer<T>, to: &Worker<T>) -> Option<T> {
    loop {
        match from.steal_batch_and_pop(to) {
            Steal::Success(job) => return Some(job),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
}

/// Measures jobs from their start until their parent has their outcome, on one thread.
fn life(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("life");
    let (scheduler, children) = (Jobs::new(1, Placement::Steal), Children::new(()));
    group.bench_function("scheduler", |bench| {
        bench.iter(|| {
            (0..MANY).for_each(|number| scheduler.push(0, children.add((), number)));
            while run_one(&scheduler, 0) {}
            black_box(children.take());
        });
    });
    let (jobs, queue) = channel();
    let (outcomes, arrived) = channel();
    group.bench_function("channel", |bench| {
        bench.iter(|| {
            (0..MANY).for_each(|number| jobs.send(number).expect("there is a receiver"));
            queue
                .try_iter()
                .for_each(|number: usize| outcomes.send(number + 1).expect("there is a receiver"));
            black_box(arrived.try_iter().collect::<Vec<usize>>());
        });
    });
}

/// Takes a job and runs it. Returns whether there was one.
fn run_one(scheduler: &Jobs, core: usize) -> bool {
    let Some((job, ())) = scheduler.take_job(core, |_| Some(())) else { return false };
    if let Some(number) = job.claim() {
        job.finish(number + 1);
    }
    true
}

/// Measures the same, with a second thread that runs all jobs it can get.
fn on_two_threads(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("life on two threads");
    let scheduler = Jobs::new(2, Placement::Steal);
    let children = Children::new(());
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !scheduler.is_shut_down() {
                if !run_one(&scheduler, 1) {
                    std::hint::spin_loop();
                }
            }
        });
        group.bench_function("scheduler", |bench| {
            bench.iter(|| {
                (0..MANY).for_each(|number| scheduler.push(0, children.add((), number)));
                while run_one(&scheduler, 0) {}
                let mut arrived = 0;
                while arrived < MANY {
                    arrived += children.take().len();
                }
            });
        });
        scheduler.shut_down();
    });
    let (jobs, queue): (Sender<usize>, Receiver<usize>) = channel();
    let (outcomes, arrived) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || queue.into_iter().try_for_each(|number| outcomes.send(number + 1)));
        group.bench_function("channel", |bench| {
            bench.iter(|| {
                (0..MANY).for_each(|number| jobs.send(number).expect("there is a receiver"));
                black_box(arrived.iter().take(MANY).sum::<usize>())
            });
        });
        drop(jobs);
    });
}

criterion_group! {
    name = queues;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .without_plots();
    targets = own, stolen, life, on_two_threads
}
criterion_main!(queues);
