//! Starts empty tasks or threads natively, waits for them, and prints the microseconds per task.
//!
//! The arguments are the executor, how many are joined at a time, and the number of threads.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../src/rounds.rs"]
mod rounds;

use std::hint::black_box;
use std::time::Instant;

use rayon::iter::{IndexedParallelIterator as _, IntoParallelIterator as _, ParallelIterator as _};
use tokio::runtime::Builder;

use rounds::Rounds;

/// As in `dispatch`.
const JOBS: usize = 1_000;

/// Systems do not always allow more threads at a time.
const THREADS_AT_A_TIME: usize = 1_000;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [variant, batch, threads] = arguments.as_slice() else { panic!("three arguments") };
    let number = |text: &str| text.parse().expect("a number");
    let (batch, threads) = (number(batch), number(threads));
    let each = match variant.as_str() {
        "tokio" => on_tokio(batch, threads),
        "rayon" => on_rayon(batch, threads),
        "threads" => measure(batch, || on_threads(batch)),
        _ => panic!("unknown variant {variant}"),
    };
    println!("{each:.4}");
}

fn batches(batch: usize) -> usize {
    (JOBS / batch).max(1)
}

fn measure(batch: usize, run: impl Fn()) -> f64 {
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let start = Instant::now();
        (0..batches(batch)).for_each(|_| run());
        rounds.add(start);
    }
    rounds.each(batches(batch) * batch)
}

/// Runs in a task, so that the code that spawns is on a worker thread, as a guest is on a core.
fn on_tokio(batch: usize, threads: usize) -> f64 {
    let mut builder = if threads == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    let measured = async move {
        let mut rounds = Rounds::new();
        while rounds.continues() {
            let start = Instant::now();
            for _ in 0..batches(batch) {
                let tasks: Vec<_> = (0..batch).map(|_| tokio::spawn(async {})).collect();
                for task in tasks {
                    task.await.expect("it does not panic");
                }
            }
            rounds.add(start);
        }
        rounds.each(batches(batch) * batch)
    };
    let runtime = builder.worker_threads(threads).build().expect("a runtime can be made");
    runtime.block_on(async { tokio::spawn(measured).await.expect("it does not panic") })
}

/// A single task is measured as half of a `join` of two.
fn on_rayon(batch: usize, threads: usize) -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be made");
    pool.install(|| {
        measure(batch, || {
            if batch == 1 {
                _ = rayon::join(|| black_box(0), || black_box(1));
            } else {
                let items = (0..batch).into_par_iter().with_max_len(1);
                items.for_each(|item| _ = black_box(item));
            }
        })
    })
}

fn on_threads(batch: usize) {
    for first in (0..batch).step_by(THREADS_AT_A_TIME) {
        let count = THREADS_AT_A_TIME.min(batch - first);
        let threads: Vec<_> = (0..count).map(|_| std::thread::spawn(|| ())).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    }
}
