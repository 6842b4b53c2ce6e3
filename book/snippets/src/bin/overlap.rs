//! Waiting and computing functions, awaited in four ways.
use std::time::{Duration, Instant, SystemTime};

use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

const WHILE: Duration = Duration::from_millis(200);

/// The start and the end of a call.
type Stay = (SystemTime, SystemTime);

#[guest_runtime::parallel]
async fn wait() -> Stay {
    let begin = SystemTime::now();
    sleep(WHILE).await;
    (begin, SystemTime::now())
}

#[guest_runtime::parallel]
async fn compute() -> Stay {
    let (begin, clock) = (SystemTime::now(), Instant::now());
    while clock.elapsed() < WHILE {}
    (begin, SystemTime::now())
}

fn show(how: &str, (a, b): (Stay, Stay)) {
    let overlap = a.0 < b.1 && b.0 < a.1;
    let when = if overlap { "at the same time" } else { "one after the other" };
    println!("{how} {when}");
}

#[guest_runtime::main]
async fn main() {
    show("wait,    await each:       ", (wait().await, wait().await));
    show("wait,    await each, .par()", (wait().par().await, wait().par().await));
    show("wait,    join:             ", (wait(), wait()).join().await);
    show("wait,    join, .par():     ", (wait().par(), wait().par()).join().await);

    show("compute, await each:       ", (compute().await, compute().await));
    let (a, b) = (compute().par().await, compute().par().await);
    show("compute, await each, .par()", (a, b));
    show("compute, join:             ", (compute(), compute()).join().await);
    let (a, b) = (compute().par(), compute().par()).join().await;
    show("compute, join, .par():     ", (a, b));
}
