//! Repeated measurement: runs rounds of the same work and computes the median time.

use std::time::{Duration, Instant};

/// The time to spend on all rounds.
const LONG_ENOUGH: Duration = Duration::from_millis(300);

/// The least number of rounds.
const LEAST: usize = 3;

/// The rounds so far. The first one is not counted: instances, threads and pages are created in it.
pub(crate) struct Rounds {
    begin: Instant,
    is_first: bool,
    times: Vec<Duration>,
}

impl Rounds {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now(), is_first: true, times: Vec::new() }
    }

    /// Returns whether another round is needed.
    pub(crate) fn continues(&self) -> bool {
        self.times.len() < LEAST || self.begin.elapsed() < LONG_ENOUGH
    }

    /// Adds the time of a round that started at `start` and ends now.
    pub(crate) fn add(&mut self, start: Instant) {
        let took = start.elapsed();
        if self.is_first {
            self.is_first = false;
            self.begin = Instant::now();
        } else {
            self.times.push(took);
        }
    }

    /// Returns the median microseconds of each of the `count` operations of a round.
    pub(crate) fn each(mut self, count: usize) -> f64 {
        self.times.sort();
        self.times[self.times.len() / 2].as_secs_f64() * 1e6 / count as f64
    }
}
