//! Two jobs on two cores, awaited on wstd, while its timers go on.
use std::path::Path;

use guest_runtime::ParallelFuture;
use guest_runtime::prelude::*;
use wstd::prelude::*;
use wstd::runtime::AsyncPollable;
use wstd::task::sleep;
use wstd::time::Duration;

/// Creates a file, and waits for the file of the other job: so both must run at the same time.
#[guest_runtime::parallel]
async fn meet(mine: String, other: String) -> String {
    std::fs::write(&mine, "here").unwrap();
    while !Path::new(&other).exists() {
        std::hint::spin_loop();
    }
    mine
}

async fn on_wstd<T>(mut job: ParallelFuture<'_, T>) -> T {
    AsyncPollable::new(job.pollable()).wait_for().await;
    job.wait()
}

#[wstd::main]
async fn main() {
    let jobs = (on_wstd(meet("/a".into(), "/b".into()).par()), on_wstd(meet("/b".into(), "/a".into()).par()));
    println!("{:?}", jobs.join().await);

    // The job ends when the timers of main have: it waits for the last one's file.
    let job = on_wstd(meet("/c".into(), "/d".into()).par());
    let timers = async {
        for n in 0..3 {
            sleep(Duration::from_millis(1)).await;
            println!("timer {n}");
        }
        std::fs::write("/d", "here").unwrap();
    };
    println!("{:?}", (job, timers).join().await);

    // A job that loses against a timer is stopped.
    let late = on_wstd((async || guest_runtime::time::sleep(Duration::from_secs(3600).into()).await).par());
    println!("{}", late.timeout(Duration::from_millis(1)).await.is_err());

    let many = (0..100).map(|n| on_wstd((async |n: u64| n * n).par_with(n)));
    println!("{}", many.collect::<Vec<_>>().join().await.iter().sum::<u64>());
}
