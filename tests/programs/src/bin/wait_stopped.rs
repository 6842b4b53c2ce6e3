//! Jobs that wait in a plain function, and are stopped meanwhile; and destructors that wait because of a stop.
//!
//! A job that has begun creates a file in the one granted directory.
use std::fs;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::{Failure, Refusal};

struct Goodbye(&'static str);

impl Drop for Goodbye {
    fn drop(&mut self) {
        println!("{} is gone", self.0);
    }
}

/// Returns what prints in the one job whose end is awaited.
fn goodbye(job: &str, what: &'static str) -> Option<Goodbye> {
    (job == "stopped").then(|| Goodbye(what))
}

fn begin(job: &str) {
    fs::write(format!("/begun/{job}"), "").unwrap();
}

async fn begun(job: &str) {
    while !fs::exists(format!("/begun/{job}")).unwrap() {
        sleep(Duration::from_millis(1)).await;
    }
}

#[guest_runtime::parallel]
async fn inner(name: String) {
    let _goodbye = goodbye(&name, "inner");
    // Only a job that has waited can be asked to stop.
    sleep(Duration::from_millis(1)).await;
    begin(&name);
    sleep(Duration::from_secs(3600)).await;
}

#[guest_runtime::parallel]
async fn waits(name: String) {
    fn wait(name: String) {
        let waited_for = async {
            let _goodbye = goodbye(&name, "the future that is waited for");
            inner(name.clone()).par().await;
        };
        waited_for.wait();
        println!("not reached");
    }
    wait(name);
}

#[guest_runtime::parallel]
async fn cleans_up() {
    struct CleansUp;
    impl Drop for CleansUp {
        fn drop(&mut self) {
            sleep(Duration::from_millis(1)).wait();
            let refused = (async || ()).par().catch().wait();
            println!("cleaned up: {}", refused == Err(Failure::Refused(Refusal::Stopping)));
        }
    }
    let _cleans_up = CleansUp;
    sleep(Duration::from_millis(1)).await;
    begin("cleans_up");
    sleep(Duration::from_secs(3600)).await;
}

#[guest_runtime::main]
async fn main() {
    let mut job = waits("stopped".into()).par();
    job.start();
    begun("stopped").await;
    job.stop().await;
    println!("a job that waits was stopped");

    let (waits, begun_late) = (waits("raced".into()).par(), begun("raced"));
    (waits, begun_late).race().await;
    println!("a job that waits was dropped");
    // Its instance is gone, and so are its jobs, before another job has this core.
    (async || println!("the core is free")).par().await;

    let limit = Duration::from_millis(20);
    let late = self::waits("late".into()).par().timeout(limit).catch().await;
    println!("late: {}", late == Err(Failure::TimedOut(limit)));

    let mut job = cleans_up().par();
    job.start();
    begun("cleans_up").await;
    job.stop().await;
    println!("a job that cleans up was stopped");
    println!("{}", (async || 7).par().await);
}
