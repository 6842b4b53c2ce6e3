//! Workloads for placement: what to compute, when it arrives, and how to report the outcome. All runtimes get
//! the same.
//!
//! Part of `src/bin/placement.rs` and of `examples/placement_peers.rs`.

use std::hint::black_box;
use std::time::Duration;

/// The least time for which a load keeps a core busy, in microseconds. It is short enough to keep the whole
/// benchmark short.
const SPAN: u64 = 1_000_000;

/// The work of one job: computation, interrupted by waits.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    /// Microseconds of each computation.
    pub(crate) computes: u32,
    /// The number of computations.
    pub(crate) times: u32,
    /// The wait between two of them.
    pub(crate) waits: Duration,
}

/// A job, and the time at which it arrives.
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) work: Work,
}

/// A load.
pub(crate) enum Load {
    Jobs(Vec<Arrival>),
    /// A binary tree of jobs, with its depth and the work of each leaf.
    Tree(u32, Work),
}

/// Returns the load with this name, for this number of cores.
pub(crate) fn load(name: &str, cores: u32) -> Load {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let cores = u64::from(cores);
    let computing = |computes| Work { computes, times: 1, waits: Duration::ZERO };
    let at_once = |computes| Arrival { at: Duration::ZERO, work: computing(computes) };
    match name {
        // All jobs arrive at once, and all are alike.
        "uniform" => Load::Jobs((0..cores * SPAN / 100).map(|_| at_once(100)).collect()),
        // All jobs arrive at once, and one in a hundred has as much work as a quarter of the others.
        "skewed" => Load::Jobs(up_to(cores * SPAN, || at_once(chance.pareto(20.0, 50_000.0)))),
        // Every 40 ms, a burst that keeps all cores busy for 20 ms.
        "bursty" => {
            let burst = |at| (0..cores * 200).map(move |_| (at, 100));
            let arrivals = (0..25).map(|n| Duration::from_millis(n * 40)).flat_map(burst);
            Load::Jobs(arrivals.map(|(at, computes)| Arrival { at, work: computing(computes) }).collect())
        }
        // Requests that wait four times, and use half of the cores' time.
        "I/O" => {
            let work = Work { computes: 20, times: 5, waits: Duration::from_millis(2) };
            let mean = 200.0 / cores as f64;
            let at = chance.arrivals(mean);
            Load::Jobs(at.map(|at| Arrival { at, work }).collect())
        }
        // Most jobs are short, some long, and some wait; 60 % of the cores' time.
        "mixed" => {
            let mean = 240.0 / 0.6 / cores as f64;
            let ats: Vec<_> = chance.arrivals(mean).collect();
            Load::Jobs(ats.into_iter().map(|at| Arrival { at, work: chance.mixed() }).collect())
        }
        "tree" => Load::Tree(13 + cores.ilog2(), computing(100)),
        _ => panic!("no such load: {name}"),
    }
}

/// Returns arrivals with this total work.
fn up_to(total: u64, mut next: impl FnMut() -> Arrival) -> Vec<Arrival> {
    let mut sum = 0;
    let mut all = Vec::new();
    while sum < total {
        let arrival = next();
        sum += u64::from(arrival.work.computes);
        all.push(arrival);
    }
    all
}

/// Pseudo-random numbers, the same for all runtimes.
struct Chance(u64);

impl Chance {
    /// Returns a number between 0 and 1, exclusive.
    fn number(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// Returns a number with a Pareto distribution of shape 1.1, where few jobs have most of the work.
    fn pareto(&mut self, least: f64, most: f64) -> u32 {
        (least / self.number().powf(1.0 / 1.1)).min(most) as u32
    }

    /// Returns independent arrival times within the span, with this mean distance in microseconds.
    fn arrivals(&mut self, mean: f64) -> impl Iterator<Item = Duration> {
        let mut at = 0.0;
        std::iter::from_fn(move || {
            at -= mean * self.number().ln();
            (at < SPAN as f64).then(|| Duration::from_secs_f64(at / 1e6))
        })
    }

    /// Returns work of 240 us on average.
    fn mixed(&mut self) -> Work {
        let computes = match self.number() {
            lot if lot < 0.9 => 50,
            lot if lot < 0.99 => 500,
            _ => 15_000,
        };
        let times = if self.number() < 0.3 { 2 } else { 1 };
        Work { computes: computes / times, times, waits: Duration::from_millis(1) }
    }
}

/// Computes for about this many microseconds, in sequentially dependent steps.
pub(crate) fn compute(micros: u32) {
    const STEPS: u32 = 620;
    let step = |state: u64, _| (state ^ (state >> 29)).wrapping_mul(0x5851_f42d_4c95_7f2d);
    black_box((0..micros * STEPS).fold(black_box(u64::from(micros)), step));
}

/// The outcome of a load.
pub(crate) struct Outcome {
    pub(crate) took: Duration,
    /// The time from the scheduled start of each job to its end.
    pub(crate) latencies: Vec<Duration>,
}

impl std::fmt::Display for Outcome {
    /// Prints jobs per second, and the median, 99th and 99.9th percentile of the latencies in milliseconds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut sorted = self.latencies.clone();
        sorted.sort();
        let millis = |part: f64| {
            let index = (sorted.len() as f64 * part) as usize;
            sorted[index.min(sorted.len() - 1)].as_secs_f64() * 1e3
        };
        writeln!(f, "{:.0}", sorted.len() as f64 / self.took.as_secs_f64())?;
        write!(f, "{:.4}\n{:.4}\n{:.4}", millis(0.5), millis(0.99), millis(0.999))
    }
}
