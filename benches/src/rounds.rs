//! The same again and again, and how long it took in the median: part of programs that are measured.

use std::time::{Duration, Instant};

/// All rounds of a kind take about so long.
const LONG_ENOUGH: Duration = Duration::from_millis(300);

/// How many there are at least.
const LEAST: usize = 3;

/// The rounds so far. The first is not counted: in it instances, threads and pages are made.
pub(crate) struct Rounds {
    begin: Instant,
    is_first: bool,
    times: Vec<Duration>,
}

impl Rounds {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), is_first: true, times: Vec::new() }
    }

    /// Whether there is to be one more.
    pub(crate) fn go_on(&self) -> bool {
        self.times.len() < LEAST || self.begin.elapsed() < LONG_ENOUGH
    }

    /// Takes the time of the round that ends now.
    pub(crate) fn add(&mut self, start: Instant) {
        let took = start.elapsed();
        if self.is_first {
            self.is_first = false;
            self.begin = Instant::now();
        } else {
            self.times.push(took);
        }
    }

    /// Microseconds of each of the `count` things that a round did.
    pub(crate) fn each(mut self, count: usize) -> f64 {
        self.times.sort();
        self.times[self.times.len() / 2].as_secs_f64() * 1e6 / count as f64
    }
}
