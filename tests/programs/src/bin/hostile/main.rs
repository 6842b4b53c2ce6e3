//! Jobs that do what they should not, one for each name: `hostile NAME` starts it beside others, says
//! what became of it, and that the others, and a job that comes later, are right.
//!
//! What each has to print is in host/cli/tests/hostile. That a job has begun shows as a file in the one
//! granted directory.

mod inside;
mod messages;
mod resources;
mod trees;

use std::fmt::Debug;
use std::fs;
use std::future::Future;
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::{Failure, ParallelFuture};

#[guest_runtime::main]
async fn main() {
    let name = std::env::args().nth(1).unwrap();
    let is_known = inside::run(&name).await
        || trees::run(&name).await
        || messages::run(&name).await
        || resources::run(&name).await;
    assert!(is_known, "who is {name:?}?");
}

async fn double(n: u64) -> u64 {
    n * 2
}

/// An offender that comes to an end of its own, beside siblings.
async fn beside<T: Debug>(offender: impl Future<Output = Result<T, Failure>>) {
    let siblings: Vec<_> = (0..4).map(|n| double.par_with(n)).collect();
    let (outcome, doubled) = (offender, siblings.join()).join().await;
    match outcome {
        Ok(value) => println!("{value:?}"),
        Err(failure) => println!("{failure}"),
    }
    assert_eq!(doubled, [0, 2, 4, 6]);
    println!("siblings right");
    canary().await;
}

/// An offender that would never end, and has begun when there is this file, if that is said. It is
/// stopped when its siblings have ended.
async fn beside_endless<T>(mut offender: ParallelFuture<'_, T>, begun_with: Option<&str>) {
    offender.start();
    if let Some(file) = begun_with {
        begun(file).await;
    }
    let siblings: Vec<_> = (0..4).map(|n| double.par_with(n)).collect();
    assert_eq!(siblings.join().await, [0, 2, 4, 6]);
    offender.stop().await;
    println!("stopped\nsiblings right");
    canary().await;
}

/// A job that comes later.
async fn canary() {
    assert_eq!(double.par_with(21).await, 42);
    println!("canary right");
}

fn begin(file: &str) {
    fs::write(format!("/{file}"), "").unwrap();
}

async fn begun(file: &str) {
    while !fs::exists(format!("/{file}")).unwrap() {
        sleep(Duration::from_millis(1)).await;
    }
}

fn endless() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

async fn sleep_for_ever() {
    sleep(Duration::MAX).await;
}
