//! `wait` in plain functions: outside of a runtime, in main, in jobs, in futures that are waited for, and in
//! destructors.
use std::cell::Cell;
use std::time::Duration;

use guest_runtime::futures_lite::future::yield_now;
use guest_runtime::prelude::*;
use guest_runtime::{Sender, stream, time};

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

/// A function that is not async, wherever it is called.
fn sum_of_squares(n: u64) -> u64 {
    let jobs: Vec<_> = (0..n).map(|n| square(n).par()).collect();
    jobs.join().wait().into_iter().sum()
}

/// A job that waits in a plain function, for jobs that do so too.
#[guest_runtime::parallel]
async fn tree(depth: u32) -> u64 {
    fn children(depth: u32) -> u64 {
        let (a, b) = (tree(depth - 1).par(), tree(depth - 1).par()).join().wait();
        a + b
    }
    if depth == 0 { 1 } else { children(depth) }
}

/// A future whose poll waits for a future whose poll waits.
fn nested(depth: u32) -> u64 {
    let below = async {
        time::sleep(Duration::from_millis(1)).await;
        if depth == 0 { square(2).par().await } else { nested(depth - 1) }
    };
    below.wait() + square(1).par().wait()
}

struct WaitsInDrop(&'static str);

impl Drop for WaitsInDrop {
    fn drop(&mut self) {
        time::sleep(Duration::from_millis(1)).wait();
        println!("{} {}", self.0, square(5).par().wait());
    }
}

/// Counts the polls of one future while another waits in each way.
async fn polls_of_others() {
    let (polls, is_over) = (Cell::new(0), Cell::new(false));
    let other = async {
        while !is_over.get() {
            polls.set(polls.get() + 1);
            yield_now().await;
        }
    };
    let waits = async {
        let before = polls.get();
        square(3).par().wait();
        println!("{} polls while a function waits", polls.get() - before);
        time::sleep(Duration::from_millis(1)).await;
        println!("{} while an async one does", if polls.get() > before { "some" } else { "no" });
        is_over.set(true);
    };
    (other, waits).join().await;
}

#[guest_runtime::parallel]
async fn count(to: u32, out: Sender<u32>) {
    for n in 0..to {
        out.send(n).await;
    }
}

async fn in_main() {
    println!("{} {}", sum_of_squares(10), square(4).wait());
    println!("{}", (async || sum_of_squares(100)).par().await);
    println!("{} {}", tree(4).par().await, nested(5));
    polls_of_others().await;

    // Futures that began to wait before are woken afterwards.
    let (a, b) = (square(6).par(), async { sum_of_squares(20) });
    println!("{:?}", (a, b, time::sleep(Duration::from_millis(1))).join().await);

    println!("{:?}", (0..5_u64).par_map(async |n| n + 1).wait());
    let mut counted = stream(|out| count(40, out).par());
    let mut sum = 0;
    while let Some(n) = counted.next().wait() {
        sum += n;
    }
    println!("{sum}");

    let mut started: Vec<_> = (0..20).map(|n| square(n).par()).collect();
    started.iter_mut().for_each(|job| job.start());
    println!("{}", started.into_iter().rev().map(|job| job.wait()).sum::<u64>());

    drop(WaitsInDrop("dropped"));
    (async || drop(WaitsInDrop("dropped in a job"))).par().await;
}

fn main() {
    println!("{}", sum_of_squares(5));
    guest_runtime::block_on(async {
        let _dropped = WaitsInDrop("dropped at the end");
        in_main().await;
    });
    println!("{}", sum_of_squares(6));
}
