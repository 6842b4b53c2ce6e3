//! Many values from one job, while it runs.
use std::ops::Range;

use guest_runtime::prelude::*;
use guest_runtime::{Failure, Sender, stream, try_stream};

#[guest_runtime::parallel]
async fn primes(range: Range<u64>, out: Sender<u64>) {
    for n in range {
        if n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d)) {
            out.send(n).await;
        }
    }
}

#[guest_runtime::parallel]
async fn countdown(from: u32, out: Sender<u32>) {
    for n in (0..=from).rev() {
        out.send(6 / n).await;
    }
}

#[guest_runtime::main]
async fn main() {
    // The job could send far more; dropping the stream cancels it.
    let mut found = stream(|out| primes(1_000_000..u64::MAX, out).par());
    println!("{:?} {:?}", found.next().await, found.next().await);
    drop(found);

    // Two jobs send to one stream; items are in the order of sending.
    let both = stream(async |out| {
        let jobs = (primes(0..100, out.clone()).par(), primes(100..200, out).par());
        jobs.join().await;
    });
    println!("{} below 200", both.count().await);

    // A failure is the last item.
    let items = try_stream(|out| countdown(2, out).par().catch());
    let items: Vec<Result<u32, Failure>> = items.collect().await;
    for item in items {
        match item {
            Ok(n) => println!("{n}"),
            Err(failure) => println!("{failure}"),
        }
    }
}
