//! Joins many sleeps on tokio, and prints how many milliseconds after the last deadline the join ends.
//!
//! The arguments are the number of sleeps, and the milliseconds over which their deadlines are spread, after
//! the first 100.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::time::{Duration, Instant};

use futures_concurrency::future::Join as _;
use tokio::time::sleep;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (count, spread): (u32, u32) = (arguments.next().unwrap_or(10_000), arguments.next().unwrap_or(100));
    let first = Duration::from_millis(100);
    let nap = |index| first + Duration::from_millis(spread.into()) * index / count;

    let start = Instant::now();
    let sleeps: Vec<_> = (1..=count).map(|index| sleep(nap(index))).collect();
    sleeps.join().await;
    println!("{:.3}", (start.elapsed() - nap(count)).as_secs_f64() * 1e3);
}
