//! Jobs of a program that has no runtime: `main` is a plain function, and blocks where it waits.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use wasi::clocks::monotonic_clock::subscribe_duration;
use wasi::io::poll::{Pollable, poll};

#[guest_runtime::parallel]
async fn square(n: u64) -> u64 {
    n * n
}

#[guest_runtime::parallel]
async fn sum_of_squares(n: u64) -> u64 {
    // A job has a runtime of its own.
    (0..n).map(|n| square(n).par()).collect::<Vec<_>>().join().await.into_iter().sum()
}

fn main() {
    println!("{} {}", square(3).par().wait(), sum_of_squares(10).par().wait());

    let mut jobs: Vec<_> = (0..100).map(|n| square(n).par()).collect();
    jobs.iter_mut().for_each(|job| job.start());
    jobs.iter_mut().for_each(|job| job.start());
    println!("{}", jobs.into_iter().rev().map(|job| job.wait()).sum::<u64>());

    // Whichever is ready first, by the list of pollables that any program may make.
    let mut jobs: Vec<_> = (0..20).map(|n| square(n).par().catch()).collect();
    let pollables: Vec<Pollable> = jobs.iter_mut().map(|job| job.pollable()).collect();
    let mut waiting: Vec<usize> = (0..jobs.len()).collect();
    let mut sum = 0;
    while !waiting.is_empty() {
        let ready = poll(&waiting.iter().map(|&n| &pollables[n]).collect::<Vec<_>>());
        for index in ready.into_iter().rev() {
            let n = waiting.remove(index as usize);
            sum += jobs[n].try_wait().expect("its pollable is ready").unwrap();
        }
    }
    println!("{sum}");

    let mut long = (async || sleep(Duration::from_secs(3600)).await).par();
    let (job, timer) = (long.pollable(), subscribe_duration(1_000_000));
    println!("{:?} {:?} {:?}", poll(&[&job, &timer]), job.ready(), long.try_wait());
}
