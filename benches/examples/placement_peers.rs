//! Native peers of `src/bin/placement.rs`: tasks of tokio with work stealing; tasks of tokio with one runtime
//! per core and nothing shared; the same on monoio, which is designed for that; and rayon for loads without
//! waiting.
//!
//! ```text
//! $ placement_peers tokio skewed 2
//! ```

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../src/workload.rs"]
mod workload;

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_concurrency::future::Join as _;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};
use tokio::time::sleep;

use workload::{Arrival, Load, Outcome, Work, compute};

/// Which thread runs a task.
#[derive(Clone, Copy)]
enum Place {
    /// The thread of its parent, from which others steal.
    Stolen,
    /// The threads round-robin; a task stays on its thread.
    Sharded,
    /// The same, with a monoio runtime per thread.
    ShardedOnMonoio,
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [variant, name, cores] = arguments.as_slice() else { panic!("three arguments") };
    let cores: u32 = cores.parse().expect("a number");
    let (load, threads) = (workload::load(name, cores), cores as usize);
    let outcome = match variant.as_str() {
        "tokio" => {
            let runtime = made(Builder::new_multi_thread().worker_threads(threads));
            // As a task, so that no thread is used besides the workers.
            runtime.block_on(placed(Place::Stolen, || on_tokio(load, Place::Stolen)))
        }
        "sharded" => on_cores(load, Place::Sharded, threads, |starts| {
            LocalSet::new().block_on(&made(&mut Builder::new_current_thread()), starts);
        }),
        "monoio" => on_cores(load, Place::ShardedOnMonoio, threads, |starts| {
            let builder = monoio::RuntimeBuilder::<monoio::FusionDriver>::new().enable_timer();
            builder.build().expect("a runtime can be made").block_on(starts);
        }),
        "rayon" => {
            let pool =
                rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be had");
            pool.install(|| on_rayon(&load))
        }
        _ => panic!("unknown variant {variant}"),
    };
    println!("{outcome}");
}

fn made(builder: &mut Builder) -> Runtime {
    builder.enable_time().build().expect("a runtime can be made")
}

/// A function that starts a task on a core.
type Start = Box<dyn FnOnce() + Send>;

/// The cores of the sharded placements.
static CORES: OnceLock<Vec<mpsc::UnboundedSender<Start>>> = OnceLock::new();

/// The number of the next core.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// The main loop of a core: it runs the functions that it receives.
type Starts = Pin<Box<dyn Future<Output = ()>>>;

/// Runs the load on this many threads, each with a runtime of its own that `run` drives.
fn on_cores(load: Load, place: Place, threads: usize, run: fn(Starts)) -> Outcome {
    CORES.get_or_init(|| (0..threads).map(|_| core(run)).collect());
    made(&mut Builder::new_current_thread()).block_on(placed(place, move || on_tokio(load, place)))
}

fn core(run: fn(Starts)) -> mpsc::UnboundedSender<Start> {
    let (sender, mut starts) = mpsc::unbounded_channel::<Start>();
    let start_all = async move {
        while let Some(start) = starts.recv().await {
            start();
        }
    };
    std::thread::spawn(move || run(Box::pin(start_all)));
    sender
}

/// Runs a task to its end on the thread that the placement selects.
async fn placed<F>(place: Place, make: impl FnOnce() -> F + Send + 'static) -> F::Output
where
    F: Future<Output: Send> + Send + 'static,
{
    match place {
        Place::Stolen => tokio::spawn(make()).await.expect("it does not panic"),
        Place::Sharded | Place::ShardedOnMonoio => {
            let cores = CORES.get().expect("the cores are started first");
            let (sender, output) = oneshot::channel();
            let task = move || async move { _ = sender.send(make().await) };
            let start = move || match place {
                Place::ShardedOnMonoio => drop(monoio::spawn(task())),
                Place::Stolen | Place::Sharded => drop(spawn_local(task())),
            };
            let core = &cores[NEXT.fetch_add(1, Ordering::Relaxed) % cores.len()];
            core.send(Box::new(start)).expect("the core is there");
            output.await.expect("it does not panic")
        }
    }
}

async fn job(work: Work, place: Place) {
    compute(work.computes);
    for _ in 1..work.times {
        wait(work.waits, place).await;
        compute(work.computes);
    }
}

async fn wait(time: Duration, place: Place) {
    match place {
        // In a task of its own, because what is spawned on tokio has to be `Send`, and this is not. It costs
        // some tenths of a microsecond, compared with at least a millisecond.
        Place::ShardedOnMonoio => {
            let (sender, is_over) = oneshot::channel();
            drop(monoio::spawn(async move {
                monoio::time::sleep(time).await;
                _ = sender.send(());
            }));
            is_over.await.expect("the timer goes off");
        }
        Place::Stolen | Place::Sharded => sleep(time).await,
    }
}

/// Runs a tree of tasks. Returns the number of leaves.
fn tree(depth: u32, work: Work, place: Place) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move {
        if depth == 0 {
            compute(work.computes);
            return 1;
        }
        let half = || placed(place, move || tree(depth - 1, work, place));
        let (left, right) = (half(), half()).join().await;
        left + right
    })
}

async fn on_tokio(load: Load, place: Place) -> Outcome {
    let start = Instant::now();
    let latencies = match load {
        Load::Jobs(arrivals) => {
            let one = async |Arrival { at, work }| {
                if let Some(left) = at.checked_sub(start.elapsed()) {
                    wait(left, place).await;
                }
                placed(place, move || job(work, place)).await;
                start.elapsed() - at
            };
            arrivals.into_iter().map(one).collect::<Vec<_>>().join().await
        }
        Load::Tree(depth, work) => {
            let leaves = placed(place, move || tree(depth, work, place)).await;
            vec![start.elapsed(); leaves]
        }
    };
    Outcome { took: start.elapsed(), latencies }
}

/// Runs a load on rayon. The load must be available at once and wait for nothing.
fn on_rayon(load: &Load) -> Outcome {
    let start = Instant::now();
    let latencies = match load {
        Load::Jobs(arrivals) => {
            let one = |arrival: &Arrival| {
                assert_eq!(
                    (arrival.at, arrival.work.times),
                    (Duration::ZERO, 1),
                    "a thread of rayon would wait"
                );
                compute(arrival.work.computes);
                start.elapsed()
            };
            arrivals.par_iter().map(one).collect()
        }
        Load::Tree(depth, work) => {
            let leaves = leaves_of(*depth, *work);
            vec![start.elapsed(); leaves]
        }
    };
    Outcome { took: start.elapsed(), latencies }
}

fn leaves_of(depth: u32, work: Work) -> usize {
    if depth == 0 {
        compute(work.computes);
        return 1;
    }
    let (left, right) = rayon::join(|| leaves_of(depth - 1, work), || leaves_of(depth - 1, work));
    left + right
}
