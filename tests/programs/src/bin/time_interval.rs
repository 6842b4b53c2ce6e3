//! Intervals: ticks at multiples of the period, none early, none twice, none lost by a drop.
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use guest_runtime::prelude::*;
use guest_runtime::time::{interval, interval_at, sleep_until};

const PERIOD: Duration = Duration::from_millis(3);
const HOUR: Duration = Duration::from_secs(3600);

/// Whether all are multiples of the period away from the start, in order, and none in the future.
fn are_right(start: Instant, ticks: &[Instant]) -> bool {
    ticks.iter().all(|tick| (*tick - start).as_nanos().is_multiple_of(PERIOD.as_nanos()))
        && ticks.is_sorted_by(|before, after| before < after)
        && ticks.iter().all(|tick| (start..=Instant::now()).contains(tick))
}

#[guest_runtime::main]
async fn main() {
    let start = Instant::now();
    let ticks: Vec<_> = interval_at(start, PERIOD).take(10).collect().await;
    println!("{} from a start: {}", ticks.len(), are_right(start, &ticks));
    let ticks: Vec<_> = interval(PERIOD).take(10).collect().await;
    let first = ticks[0];
    println!("{} from a period on: {} {}", ticks.len(), first >= start + PERIOD, are_right(first, &ticks));

    println!("at once: {}", interval_at(start, HOUR).next().await == Some(start));
    let end = Instant::now() + Duration::from_millis(10);
    let hours = async { Some(interval(HOUR).next().await) };
    let until = async {
        sleep_until(end).await;
        None
    };
    println!("an hour later: {}", (hours, until).race().await.is_some());

    // A future that waited for a tick and was dropped has not consumed the tick.
    let now = Instant::now();
    let mut ticks = interval_at(now, HOUR);
    let waits =
        std::future::poll_fn(|context| Poll::Ready(pin!(ticks.next()).poll(context).is_pending())).await;
    println!("after a drop: {waits} {}", ticks.next().await == Some(now));

    let many = (0..1_000).map(|n| interval_at(start + PERIOD * (n % 7) / 7, PERIOD).take(3).count());
    println!("{} of many", many.collect::<Vec<_>>().join().await.into_iter().sum::<usize>());
}
