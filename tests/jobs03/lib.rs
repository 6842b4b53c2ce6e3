//! A command for WASI 0.3 with jobs, by the bindings of the contract alone: its first argument selects what it does.
//!
//! `parallel` runs a function in another instance. The other functions are a small test each.

use std::cell::Cell;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures_concurrency::future::{Join as _, Race as _};
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::{cli, spawn_local};

use rounds::Rounds;

use contract::exports::parallel::futures0_3_0_draft::worker;
use contract::parallel::futures0_1_0::types::Failure;
use contract::parallel::futures0_3_0_draft::jobs::{self, Options};

wasip3::cli::command::export!(Command);

#[expect(unsafe_code, reason = "exporting a function to the host generates unsafe code")]
mod contract {
    wit_bindgen::generate!({
        path: ["../../wit", "../../wit/wasi03"],
        world: "parallel:futures/parallel@0.3.0-draft",
        generate_all,
    });

    use super::Worker;
    export!(Worker);
}

#[path = "../../benches/src/rounds.rs"]
mod rounds;

/// The entries of jobs.
const COUNT: u32 = 0;
const DOUBLE: u32 = 1;
const PANIC: u32 = 2;
const FAIL: u32 = 3;
const WAIT: u32 = 4;
const COMPUTE: u32 = 5;
const TREE: u32 = 6;
const SPAWN: u32 = 7;
const HOARD: u32 = 8;
const NAP: u32 = 9;
const WIDE: u32 = 10;
const NOTHING: u32 = 11;

const PLAIN: Options = Options { timeout: None, memory: None, fresh: false, name: None };

struct Worker;

impl worker::Guest for Worker {
    async fn run(entry: u32, message: Vec<u8>) -> Result<Vec<u8>, Failure> {
        match entry {
            COUNT => Ok(primes(number(&message)).to_le_bytes().to_vec()),
            DOUBLE => Ok((number(&message) * 2).to_le_bytes().to_vec()),
            PANIC => panic!("in a job, on purpose"),
            FAIL => Err(Failure::BadMessage(String::from_utf8(message).expect("it is text"))),
            WAIT => {
                eprintln!("waits");
                wait_for(u64::MAX).await;
                Ok(Vec::new())
            }
            COMPUTE => {
                eprintln!("computes");
                loop {
                    std::hint::black_box(0);
                }
            }
            TREE => Ok(tree(number(&message)).await.to_le_bytes().to_vec()),
            SPAWN => {
                drop(spawn_local(async {
                    wait_for(u64::MAX).await;
                    eprintln!("after the job");
                }));
                Ok(message)
            }
            HOARD => {
                let mut kept = Vec::new();
                loop {
                    kept.push(vec![1_u8; 1 << 20]);
                }
            }
            NAP => {
                wait_for(100_000_000).await;
                Ok(Vec::new())
            }
            NOTHING => Ok(Vec::new()),
            WIDE => {
                let calls = (0..number(&message)).map(|_| parallel(DOUBLE, 1)).collect::<Vec<_>>();
                let done = calls.join().await.into_iter().filter(Result::is_ok).count();
                Ok((done as u64).to_le_bytes().to_vec())
            }
            other => Err(Failure::BadMessage(format!("there is no entry {other}"))),
        }
    }
}

struct Command;

impl wasip3::exports::cli::run::Guest for Command {
    async fn run() -> Result<(), ()> {
        let args = cli::environment::get_arguments();
        let argument = |at: usize| args.get(at).map_or("", String::as_str);
        let count = argument(2).parse().unwrap_or(0);
        match argument(1) {
            "primes" => {
                let counts = (1..=count).map(|n| parallel(COUNT, n * 100)).collect::<Vec<_>>().join().await;
                println!("{}", counts.into_iter().map(|count| count.expect("it is counted")).sum::<u64>());
            }
            "tree" => println!("{}", tree(count).await),
            "outcomes" => outcomes().await,
            "cancel" => cancel().await,
            "race" => race(count).await,
            "left" => {
                // It has begun when its first poll is over, and main ends before it does.
                let waits = async { drop(parallel(WAIT, 0).await) };
                (waits, wait_for(200_000_000)).race().await;
                drop(spawn_local(async { drop(parallel(WAIT, 0).await) }));
                wait_for(50_000_000).await;
                println!("main ends");
            }
            "empty" => empty(count).await,
            "large" => large(count).await,
            "waiting" => waiting(count).await,
            "naps" => {
                let begin = Instant::now();
                (0..count).map(|_| parallel(NAP, 0)).collect::<Vec<_>>().join().await;
                let is_short = begin.elapsed() < Duration::from_millis(50 * count);
                println!("{}", if is_short { "at the same time" } else { "one after the other" });
            }
            "wide" => println!("{:?}", parallel(WIDE, count).await),
            "spawned" => {
                for n in 0..3 {
                    println!("{:?}", jobs::run(SPAWN, vec![n], PLAIN).await);
                }
            }
            "computes" => drop(parallel(COMPUTE, 0).await),
            other => panic!("there is no {other:?}"),
        }
        Ok(())
    }
}

/// Runs a function of a number in another instance.
async fn parallel(entry: u32, n: u64) -> Result<u64, Failure> {
    jobs::run(entry, n.to_le_bytes().to_vec(), PLAIN).await.map(|bytes| number(&bytes))
}

fn number(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

fn primes(below: u64) -> u64 {
    (2..below).filter(|&n| (2..).take_while(|d| d * d <= n).all(|d| n % d != 0)).count() as u64
}

/// Returns 2 to the power of `depth`, by as many jobs.
async fn tree(depth: u64) -> u64 {
    if depth == 0 {
        return 1;
    }
    let half = || parallel(TREE, depth - 1);
    let (one, other) = (half(), half()).join().await;
    one.expect("it has a value") + other.expect("it has a value")
}

/// Each failure is a value, and the next job succeeds.
async fn outcomes() {
    let run = |entry, options| jobs::run(entry, b"message".to_vec(), options);
    for (name, outcome) in [
        ("fails", run(FAIL, PLAIN).await),
        ("panics", run(PANIC, PLAIN).await),
        ("no entry", run(77, PLAIN).await),
        ("times out", run(WAIT, Options { timeout: Some(10_000_000), ..PLAIN }).await),
        ("times out, computing", run(COMPUTE, Options { timeout: Some(10_000_000), ..PLAIN }).await),
        ("out of memory", run(HOARD, Options { memory: Some(8 << 20), ..PLAIN }).await),
        ("fresh", run(DOUBLE, Options { fresh: true, ..PLAIN }).await),
    ] {
        let outcome = match outcome {
            Err(Failure::Trapped(trap)) => format!("trapped: {:?}", trap.code),
            Err(Failure::OutOfMemory(excess)) => format!("out of memory: {}", excess.limit),
            other => format!("{other:?}"),
        };
        println!("{name}: {outcome}");
    }
    println!("{:?}", parallel(DOUBLE, 21).await);
}

/// A job whose call is dropped ends, whether it waits or computes.
async fn cancel() {
    for entry in [WAIT, COMPUTE] {
        let job = async { drop(parallel(entry, 0).await) };
        (job, wait_for(Duration::from_millis(50).as_nanos() as u64)).race().await;
    }
    println!("{:?}", parallel(DOUBLE, 21).await);
}

/// The first of many wins, and the rest is cancelled.
async fn race(count: u64) {
    let slow = (0..count).map(|_| parallel(WAIT, 0));
    let first = (slow.collect::<Vec<_>>().race(), parallel(DOUBLE, 4)).race().await;
    println!("{first:?}");
}

/// Prints the microseconds of an empty job, of this many that are joined at a time: `benches/src/bin/dispatch.rs`
/// measures those of WASI 0.2.
async fn empty(batch: u64) {
    const JOBS: u64 = 1_000;
    let batches = (JOBS / batch).max(1);
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let start = Instant::now();
        for _ in 0..batches {
            let nothing = || jobs::run(NOTHING, Vec::new(), PLAIN);
            if batch == 1 {
                drop(nothing().await);
            } else {
                (0..batch).map(|_| nothing()).collect::<Vec<_>>().join().await;
            }
        }
        rounds.add(start);
    }
    println!("{:.4}", rounds.each((batches * batch) as usize));
}

/// Messages that do not fit into the memory of the run at one time.
async fn large(count: u64) {
    let jobs = (0..count).map(|_| jobs::run(SPAWN + 100, vec![1; 1 << 20], PLAIN)).collect::<Vec<_>>();
    let failed = jobs.join().await;
    let denied = failed.iter().filter(|outcome| matches!(outcome, Err(Failure::OutOfMemory(_)))).count();
    println!("{} of {count}", failed.len() - denied);
}

/// Messages that wait until a job ends that never does.
async fn waiting(count: u64) {
    let denied = Cell::new(0);
    let mut first = pin!(async { drop(parallel(WAIT, 0).await) });
    (first.as_mut(), wait_for(1_000_000)).race().await;
    let call = async || {
        if let Err(Failure::OutOfMemory(_)) = jobs::run(DOUBLE, vec![1; 1 << 20], PLAIN).await {
            denied.set(denied.get() + 1);
        }
    };
    let calls = async { drop((0..count).map(|_| call()).collect::<Vec<_>>().join().await) };
    (first, calls, wait_for(300_000_000)).race().await;
    println!("{}", if denied.get() > 0 { "some are denied memory" } else { "none is denied memory" });
}
