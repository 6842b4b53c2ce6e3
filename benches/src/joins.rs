//! Joins and races of futures that are ready at once, or yield once: shared by one program per runtime. No
//! future waits for WASI.
//!
//! The arguments are the operation, and the number of futures.

use std::future::ready;
use std::hint::black_box;
use std::time::Instant;

use futures_concurrency::future::{Join as _, Race as _};
use futures_lite::future::yield_now;

use crate::rounds::Rounds;

/// The least number of futures in a round.
const FUTURES: usize = 10_000;

/// Measures the microseconds per join or race.
pub(crate) async fn each() -> f64 {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [what, count] = arguments.as_slice() else { panic!("two arguments") };
    let count: usize = count.parse().expect("a number");
    let times = (FUTURES / count).max(1);
    let mut rounds = Rounds::new();
    while rounds.continues() {
        let start = Instant::now();
        for _ in 0..times {
            match what.as_str() {
                "join-ready" => _ = black_box((0..count).map(ready).collect::<Vec<_>>().join().await),
                "join-pending" => {
                    _ = black_box((0..count).map(|_| yield_now()).collect::<Vec<_>>().join().await)
                }
                "race-pending" => (0..count).map(|_| yield_now()).collect::<Vec<_>>().race().await,
                _ => panic!("no such case: {what}"),
            }
        }
        rounds.add(start);
    }
    rounds.each(times)
}
