//! Runs a load of jobs. Prints jobs per second and the latency of the jobs.
//!
//! The arguments are the name of the load, and the number of cores it is made for.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../workload.rs"]
mod workload;

use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

use workload::{Arrival, Load, Outcome, Work, compute};

#[guest_runtime::parallel]
async fn job(computes: u32, times: u32, waits: Duration) {
    compute(computes);
    for _ in 1..times {
        sleep(waits).await;
        compute(computes);
    }
}

/// Runs a tree of jobs. Returns the number of leaves.
#[guest_runtime::parallel]
async fn tree(depth: u32, computes: u32) -> usize {
    if depth == 0 {
        compute(computes);
        return 1;
    }
    let (left, right) = (tree(depth - 1, computes).par(), tree(depth - 1, computes).par()).join().await;
    left + right
}

#[guest_runtime::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().expect("the name of a load");
    let cores = arguments.next().and_then(|cores| cores.parse().ok()).expect("how many cores");
    // Creates the instances before the measurement.
    let before: Vec<_> = (0..4 * cores).map(|_| job(1_000, 1, Duration::ZERO).par()).collect();
    before.join().await;
    let start = Instant::now();
    let latencies = match workload::load(&name, cores) {
        Load::Jobs(arrivals) => {
            let one = async |Arrival { at, work }| {
                if let Some(left) = at.checked_sub(start.elapsed()) {
                    sleep(left).await;
                }
                let Work { computes, times, waits } = work;
                job(computes, times, waits).par().await;
                start.elapsed() - at
            };
            arrivals.into_iter().map(one).collect::<Vec<_>>().join().await
        }
        Load::Tree(depth, work) => {
            let leaves = tree(depth, work.computes).par().await;
            vec![start.elapsed(); leaves]
        }
    };
    println!("{}", Outcome { took: start.elapsed(), latencies });
}
