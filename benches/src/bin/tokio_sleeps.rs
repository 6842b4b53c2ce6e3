//! Joins many sleeps, and says how many milliseconds after the last deadline that ends, with tokio.
//!
//! The arguments are how many, and over how many milliseconds after the first 100 their deadlines
//! are spread.

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
