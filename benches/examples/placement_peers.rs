//! The loads of `src/bin/placement.rs` without components: tasks of tokio, whose threads steal; tasks of
//! tokio with a runtime for each core, which share nothing; the same of monoio, which is made for that; and
//! rayon, where nothing can wait.
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

/// Which thread gets a task.
#[derive(Clone, Copy)]
enum Place {
    /// That of its parent, from which others steal.
    Stolen,
    /// Each in turn; there it stays.
    Sharded,
    /// The same, where each has a runtime of monoio.
    ShardedOnMonoio,
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [who, name, cores] = arguments.as_slice() else { panic!("three arguments") };
    let cores: u32 = cores.parse().expect("a number");
    let (load, threads) = (workload::load(name, cores), cores as usize);
    let outcome = match who.as_str() {
        "tokio" => {
            let runtime = made(Builder::new_multi_thread().worker_threads(threads));
            // As a task, so that no thread is there besides the workers.
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
        _ => panic!("nobody is called {who}"),
    };
    println!("{outcome}");
}

fn made(builder: &mut Builder) -> Runtime {
    builder.enable_time().build().expect("a runtime can be made")
}

/// What a core of its own is told to do.
type Start = Box<dyn FnOnce() + Send>;

/// Those that share nothing.
static CORES: OnceLock<Vec<mpsc::UnboundedSender<Start>>> = OnceLock::new();

/// Which of them is next.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// What a core does: it starts what it is told to.
type Starts = Pin<Box<dyn Future<Output = ()>>>;

/// The load on so many threads, each of which runs this on a runtime of its own.
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

/// Runs a task where it is placed, to its end.
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
        // In a task of its own, because what is spawned on tokio has to be `Send` and this is not. That costs
        // some tenths of a microsecond, of at least a millisecond.
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

/// Returns how many leaves there are.
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

/// Only what is there at once, and waits for nothing.
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
