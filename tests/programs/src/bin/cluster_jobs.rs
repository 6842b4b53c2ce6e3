//! Jobs that can tell whether they run on a node: a node of the tests has three cores, and the owner of the run has
//! one of its own.
//!
//! The first argument says what to do. Jobs at home end after a while, so that more jobs leave until there is
//! something to report.
use std::cell::Cell;
use std::time::{Duration, Instant};

use guest_runtime::Failure;
use guest_runtime::cores;
use guest_runtime::io::stdin;
use guest_runtime::prelude::*;

/// The cores of a node.
const NODE: usize = 3;

fn is_away() -> bool {
    cores() == NODE
}

/// Computes for long enough to be worth sending.
fn compute() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(10) {}
}

#[guest_runtime::parallel]
async fn square(n: u64) -> (u64, bool) {
    compute();
    println!("job {n}");
    (n * n, is_away())
}

/// Jobs that have jobs, all of which run where the first does.
#[guest_runtime::parallel]
async fn tree(depth: u32) -> (u64, bool) {
    compute();
    if depth == 0 {
        return (1, is_away());
    }
    let below = [tree(depth - 1).par(), tree(depth - 1).par()].join().await;
    // Those of a job at home may leave.
    let is_together = below.iter().all(|(_, away)| *away);
    assert!(!is_away() || is_together, "a job on a node has one elsewhere");
    (below.iter().map(|(leaves, _)| leaves).sum(), is_away())
}

/// Fails, but at home only if it may.
#[guest_runtime::parallel]
async fn fail(how: String, fails_at_home: bool) -> bool {
    compute();
    if !is_away() && !fails_at_home {
        return false;
    }
    match how.as_str() {
        "panic" => panic!("no luck"),
        "trap" => std::process::abort(),
        "exit" => guest_runtime::exit(7),
        "stdin" => _ = std::io::read_to_string(std::io::stdin()),
        "memory" => drop(std::hint::black_box(vec![1_u8; 200 << 20])),
        "timeout" => loop {
            compute();
        },
        "nested" => assert!((async || -> bool { panic!("below") }).par().await),
        _ => {}
    }
    true
}

/// Goes on until it is stopped, on a node.
#[guest_runtime::parallel]
async fn hold(n: u64) {
    compute();
    if !is_away() {
        return;
    }
    println!("away {n}");
    loop {
        compute();
    }
}

/// Runs batches of squares until one was computed on a node.
async fn squares() {
    loop {
        let results = (0..20).map(|n| square(n).par()).collect::<Vec<_>>().join().await;
        assert!(results.iter().zip(0..20_u64).all(|((square, _), n)| *square == n * n));
        if results.iter().any(|(_, away)| *away) {
            break;
        }
    }
    println!("some were away");
}

/// Prints how a job fails: of those on a node, or at home.
async fn failure(how: &str, at_home: bool) {
    loop {
        let job = || {
            let job = fail(how.to_owned(), at_home).par();
            match how {
                "timeout" => job.timeout(Duration::from_millis(300)),
                "memory" => job.memory(100 << 20),
                _ => job,
            }
            .catch()
        };
        let failures = (0..8).map(|_| job()).collect::<Vec<_>>().join().await;
        if let Some(failure) = failures.into_iter().find_map(Result::err) {
            return println!("{how}: {failure}");
        }
    }
}

/// Keeps many jobs in progress, of which those on nodes go on, and prints which of them are lost.
async fn keep_holding(is_over: &Cell<bool>) {
    let started = Cell::new(0);
    let one_after_the_other = || async {
        while !is_over.get() {
            let n = started.replace(started.get() + 1);
            match hold(n).par().catch().await {
                Ok(()) => {}
                Err(Failure::Lost(node)) => println!("lost {n} with {node}"),
                Err(failure) => panic!("{failure}"),
            }
        }
    };
    (0..40).map(|_| one_after_the_other()).collect::<Vec<_>>().join().await;
}

/// Starts no more jobs after there was something on stdin, and waits for those that are on nodes.
async fn losses() {
    let is_over = Cell::new(false);
    let ends = async {
        stdin().read(&mut [0]).await.unwrap();
        is_over.set(true);
    };
    (keep_holding(&is_over), ends).join().await;
}

/// Drops all jobs when there is something on stdin, and then runs others on the same nodes.
async fn cancels() {
    let ends = async { _ = stdin().read(&mut [0]).await.unwrap() };
    (keep_holding(&Cell::new(false)), ends).race().await;
    squares().await;
}

#[guest_runtime::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let (what, how) = (args.next().unwrap(), args.next().unwrap_or_default());
    match what.as_str() {
        "squares" => squares().await,
        "tree" => while !tree_is_away().await {},
        "fails" => failure(&how, false).await,
        "fails-at-home" => failure(&how, true).await,
        "loses" => losses().await,
        "cancels" => cancels().await,
        what => panic!("what is {what}?"),
    }
}

/// Runs trees, and returns whether one of them was on a node.
async fn tree_is_away() -> bool {
    let trees = (0..6).map(|_| tree(3).par()).collect::<Vec<_>>().join().await;
    assert!(trees.iter().all(|(leaves, _)| *leaves == 8));
    let is_away = trees.iter().any(|(_, away)| *away);
    if is_away {
        println!("a tree of 8 leaves was away");
    }
    is_away
}
