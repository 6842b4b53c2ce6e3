//! Misbehaving jobs by name: `hostile NAME` starts one beside others, and prints its outcome, and whether its
//! siblings and a later job succeed.
//!
//! The expected output is in host/cli/tests/hostile. A job that has started creates a file in the one granted
//! directory.

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

/// Runs an offender that ends by itself, beside siblings.
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

/// Runs an offender that never ends, and stops it when its siblings have ended. If `begun_with` is set, the
/// offender has started when that file exists.
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
