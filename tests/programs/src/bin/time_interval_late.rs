//! Missed ticks are skipped: no burst, no drift, and other tasks run.
use std::cell::Cell;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::{interval, interval_at};

const PERIOD: Duration = Duration::from_millis(4);

#[guest_runtime::main]
async fn main() {
    let start = Instant::now();
    let mut ticks = interval_at(start, PERIOD);
    let (mut most, mut least) = (true, true);
    let mut before = None;
    for blocked in [0, 1, 5, 9] {
        std::thread::sleep(blocked * PERIOD + PERIOD / 2);
        let polled = Instant::now();
        let tick = ticks.next().await.unwrap();
        // The tick is the last one that is due, and later than the one before.
        least &= tick + PERIOD > polled;
        most &= before < Some(tick) && tick <= Instant::now();
        before = Some(tick);
        assert!((tick - start).as_nanos().is_multiple_of(PERIOD.as_nanos()));
    }
    println!("the last of those that are due: {least} {most}");

    // However late each is, there is at most one for each period.
    let mut count = 1;
    while let Some(tick) = ticks.next().await
        && tick < start + 40 * PERIOD
    {
        count += 1;
        let busy = Instant::now();
        while busy.elapsed() < 2 * PERIOD {
            std::hint::spin_loop();
        }
    }
    println!("at most half of them: {}", count <= 20);

    // An interval that is always late does not keep other tasks from running.
    let over = Cell::new(false);
    let hasty = async {
        let mut ticks = interval(Duration::from_nanos(1));
        while !over.get() {
            ticks.next().await;
        }
    };
    let other = async {
        interval(PERIOD).take(2).count().await;
        over.set(true);
    };
    (hasty, other).join().await;
    println!("over");
}
