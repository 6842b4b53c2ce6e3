//! Native peers for cancellation and fairness: threads, and tasks of tokio. Prints how many milliseconds each
//! stop, or each short job, took.
//!
//! This is a cargo example so that it is not built for the host, which could not run it.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{self, Sender};
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep;

const HOUR: Duration = Duration::from_secs(3600);

/// The number of tasks that have started since this was last reset.
static BEGUN: AtomicUsize = AtomicUsize::new(0);

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, count] = arguments.as_slice() else { panic!("two arguments") };
    let count = count.parse().expect("a number");
    match what.as_str() {
        "thread" => stop_threads(count),
        "short beside threads" => short_jobs(count),
        _ => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime can be made")
            .block_on(on_tokio(what, count)),
    }
}

async fn on_tokio(what: &str, count: usize) {
    match what {
        "task waits" => stop_tasks(count, async || sleep(HOUR).await).await,
        "task yields" => stop_tasks(count, yielding).await,
        "tree waits" => stop_trees(count, Leaf::Waits).await,
        "tree takes turns" => stop_trees(count, Leaf::TakesTurns).await,
        "all" => stop_all(count).await,
        _ => panic!("no such case: {what}"),
    }
}

fn compute(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn say(time: Duration) {
    println!("{:.4}", time.as_secs_f64() * 1e3);
}

/// Returns a pause that ends at a different phase of the tick each time.
fn pause(index: usize) -> Duration {
    Duration::from_micros((index * 617 % 1_000) as u64)
}

/// Stops threads that compute and check a flag every 10 us.
fn stop_threads(count: usize) {
    for index in 0..count {
        let (begun, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let flags = (Arc::clone(&begun), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            flags.0.store(true, Ordering::Release);
            while !flags.1.load(Ordering::Acquire) {
                compute(Duration::from_micros(10));
            }
        });
        while !begun.load(Ordering::Acquire) {
            std::thread::yield_now();
        }
        std::thread::sleep(pause(index));
        let start = Instant::now();
        stop.store(true, Ordering::Release);
        thread.join().expect("it does not panic");
        say(start.elapsed());
    }
}

/// Runs threads that compute for a millisecond each, beside two that compute forever, one per CPU.
fn short_jobs(count: usize) {
    for _ in 0..2 {
        std::thread::spawn(|| {
            loop {
                std::hint::spin_loop();
            }
        });
    }
    for index in 0..count {
        std::thread::sleep(5 * pause(index));
        let start = Instant::now();
        std::thread::spawn(|| compute(Duration::from_millis(1))).join().expect("it does not panic");
        say(start.elapsed());
    }
}

async fn yielding() {
    loop {
        compute(Duration::from_micros(10));
        yield_now().await;
    }
}

async fn have_begun(count: usize) {
    while BEGUN.load(Ordering::Acquire) < count {
        yield_now().await;
    }
}

async fn stop_tasks<F>(count: usize, task: impl Fn() -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    for index in 0..count {
        BEGUN.store(0, Ordering::Release);
        let task = task();
        let task = tokio::spawn(async {
            BEGUN.fetch_add(1, Ordering::AcqRel);
            task.await;
        });
        have_begun(1).await;
        sleep(pause(index)).await;
        let start = Instant::now();
        task.abort();
        assert!(task.await.is_err_and(|error| error.is_cancelled()));
        say(start.elapsed());
    }
}

#[derive(Clone, Copy)]
enum Leaf {
    Waits,
    TakesTurns,
}

/// Builds a tree of tasks with three levels of ten children. `alive` has one clone per task that is left.
fn tree(depth: u32, leaf: Leaf, alive: Sender<()>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        if depth > 0 {
            let mut children = JoinSet::new();
            (0..10).for_each(|_| _ = children.spawn(tree(depth - 1, leaf, alive.clone())));
            while children.join_next().await.is_some() {}
            return;
        }
        BEGUN.fetch_add(1, Ordering::AcqRel);
        match leaf {
            Leaf::Waits => sleep(HOUR).await,
            Leaf::TakesTurns => loop {
                compute(Duration::from_micros(100));
                sleep(Duration::from_millis(1)).await;
            },
        }
    })
}

async fn stop_trees(count: usize, leaf: Leaf) {
    for _ in 0..count {
        BEGUN.store(0, Ordering::Release);
        let (alive, mut all_dropped) = mpsc::channel(1);
        let root = tokio::spawn(tree(3, leaf, alive));
        have_begun(1_000).await;
        sleep(Duration::from_millis(10)).await;
        let start = Instant::now();
        root.abort();
        // Awaiting the root does not await its descendants.
        all_dropped.recv().await;
        say(start.elapsed());
    }
}

/// Starts many waiting tasks, and stops them on Ctrl-C.
async fn stop_all(count: usize) {
    let mut ctrl_c = signal(SignalKind::interrupt()).expect("signals can be waited for");
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        tasks.spawn(async {
            BEGUN.fetch_add(1, Ordering::AcqRel);
            sleep(HOUR).await;
        });
    }
    have_begun(count).await;
    println!("started");
    ctrl_c.recv().await;
    tasks.shutdown().await;
    std::process::exit(130);
}
