//! Waits for a duration, or until an instant.
use std::future::pending;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::{sleep, sleep_until};

/// Returns the result of the work if it completes before the deadline.
async fn before<T>(deadline: Instant, work: impl Future<Output = T>) -> Option<T> {
    let late = async {
        sleep_until(deadline).await;
        None
    };
    (async { Some(work.await) }, late).race().await
}

#[guest_runtime::main]
async fn main() {
    let nap = async |millis| {
        sleep(Duration::from_millis(millis)).await;
        millis
    };
    let start = Instant::now();
    println!("{:?}", (nap(30), nap(10), nap(20)).join().await);
    println!("none is early: {}", start.elapsed() >= Duration::from_millis(30));

    // One deadline for several futures.
    let deadline = Instant::now() + Duration::from_millis(500);
    println!("{:?}", before(deadline, nap(1)).await);
    println!("{:?}", before(deadline, nap(2)).await);
    println!("{:?}", before(deadline, pending::<u32>()).await);
}
