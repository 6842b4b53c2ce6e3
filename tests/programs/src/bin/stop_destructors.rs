//! Jobs that are stopped while they wait run their destructors, the innermost first.
//!
//! A job that has begun creates a file in the one granted directory.
use std::fs;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

struct Goodbye(&'static str);

impl Drop for Goodbye {
    fn drop(&mut self) {
        println!("{} is gone", self.0);
    }
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
async fn inner() {
    let _goodbye = Goodbye("inner");
    // Only a job that has waited can be asked to stop.
    sleep(Duration::from_millis(1)).await;
    begin("inner");
    sleep(Duration::from_secs(3600)).await;
}

#[guest_runtime::parallel]
async fn outer() {
    let _goodbye = Goodbye("outer");
    inner().par().await;
}

/// Waits for a job of its own that never waits, and so cannot be asked.
#[guest_runtime::parallel]
async fn parent_of_a_hog() {
    let _goodbye = Goodbye("parent of a hog");
    let hog = (async || -> u8 {
        begin("hog");
        loop {
            std::hint::spin_loop();
        }
    })
    .par();
    hog.await;
}

/// Waits for a job of its own that is asked to stop, does not, and so uses up the grace period.
#[guest_runtime::parallel]
async fn parent_of_a_late_one() {
    let _goodbye = Goodbye("parent of a late one");
    let late = (async || -> u8 {
        sleep(Duration::from_millis(1)).await;
        begin("late");
        loop {
            std::hint::spin_loop();
        }
    })
    .par();
    late.await;
}

#[guest_runtime::main]
async fn main() {
    let mut job = outer().par();
    job.start();
    begun("inner").await;
    job.stop().await;
    println!("outer was stopped");

    let mut job = parent_of_a_hog().par();
    job.start();
    begun("hog").await;
    job.stop().await;
    println!("parent of a hog was stopped");

    let mut job = parent_of_a_late_one().par();
    job.start();
    begun("late").await;
    job.stop().await;
    println!("parent of a late one was stopped");

    let job = (async || sleep(Duration::from_secs(3600)).await).par();
    job.stop().await;
    println!("one that never began was stopped");
}
