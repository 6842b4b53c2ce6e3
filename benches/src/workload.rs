//! The same work for everybody who places it on cores: what there is to do, from when on, and how to say
//! how it went.
//!
//! Part of `src/bin/placement.rs` and of `examples/placement_peers.rs`.

use std::hint::black_box;
use std::time::Duration;

/// What each load keeps a core busy with, at least, in microseconds. Not so much that runs take long.
const SPAN: u64 = 1_000_000;

/// What one job computes, and how often it waits in between.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    /// In microseconds, each time.
    pub(crate) computes: u32,
    /// How often.
    pub(crate) times: u32,
    /// How long it waits between two of them.
    pub(crate) waits: Duration,
}

/// A job that begins at a time of its own.
pub(crate) struct Arrival {
    pub(crate) at: Duration,
    pub(crate) work: Work,
}

/// What there is to do.
pub(crate) enum Load {
    Jobs(Vec<Arrival>),
    /// Jobs that have two jobs each, so deep, and the work of each leaf.
    Tree(u32, Work),
}

/// The load of this name, for so many cores.
pub(crate) fn load(name: &str, cores: u32) -> Load {
    let mut chance = Chance(0x2545_f491_4f6c_dd1d);
    let cores = u64::from(cores);
    let computing = |computes| Work { computes, times: 1, waits: Duration::ZERO };
    let at_once = |computes| Arrival { at: Duration::ZERO, work: computing(computes) };
    match name {
        // All there at once, and all alike.
        "uniform" => Load::Jobs((0..cores * SPAN / 100).map(|_| at_once(100)).collect()),
        // All there at once, and one in a hundred has as much to do as a quarter of the others.
        "skewed" => Load::Jobs(up_to(cores * SPAN, || at_once(chance.pareto(20.0, 50_000.0)))),
        // Every 40 ms as much as keeps all cores busy for 20 ms.
        "bursty" => {
            let burst = |at| (0..cores * 200).map(move |_| (at, 100));
            let arrivals = (0..25).map(|n| Duration::from_millis(n * 40)).flat_map(burst);
            Load::Jobs(arrivals.map(|(at, computes)| Arrival { at, work: computing(computes) }).collect())
        }
        // Requests that wait for something four times; half of the cores' time.
        "I/O" => {
            let work = Work { computes: 20, times: 5, waits: Duration::from_millis(2) };
            let mean = 200.0 / cores as f64;
            let at = chance.arrivals(mean);
            Load::Jobs(at.map(|at| Arrival { at, work }).collect())
        }
        // Most are short, some long, and some wait; 60 % of the cores' time.
        "mixed" => {
            let mean = 240.0 / 0.6 / cores as f64;
            let ats: Vec<_> = chance.arrivals(mean).collect();
            Load::Jobs(ats.into_iter().map(|at| Arrival { at, work: chance.mixed() }).collect())
        }
        "tree" => Load::Tree(13 + cores.ilog2(), computing(100)),
        _ => panic!("no such load: {name}"),
    }
}

/// Arrivals that have so much to do together.
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

/// Numbers by lot, the same for everybody.
struct Chance(u64);

impl Chance {
    /// Between 0 and 1, and neither of them.
    fn number(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 12) as f64 + 0.5) / (1u64 << 52) as f64
    }

    /// By Pareto's law with a shape of 1.1, where few have most.
    fn pareto(&mut self, least: f64, most: f64) -> u32 {
        (least / self.number().powf(1.0 / 1.1)).min(most) as u32
    }

    /// Times within the span, each independent of the others, so many microseconds apart in the mean.
    fn arrivals(&mut self, mean: f64) -> impl Iterator<Item = Duration> {
        let mut at = 0.0;
        std::iter::from_fn(move || {
            at -= mean * self.number().ln();
            (at < SPAN as f64).then(|| Duration::from_secs_f64(at / 1e6))
        })
    }

    /// 240 us in the mean.
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

/// Computes for about so many microseconds: the same steps everywhere, one after the other.
pub(crate) fn compute(micros: u32) {
    const STEPS: u32 = 620;
    let step = |state: u64, _| (state ^ (state >> 29)).wrapping_mul(0x5851_f42d_4c95_7f2d);
    black_box((0..micros * STEPS).fold(black_box(u64::from(micros)), step));
}

/// What came of a load.
pub(crate) struct Outcome {
    pub(crate) took: Duration,
    /// From when each job was to begin until it had ended.
    pub(crate) latencies: Vec<Duration>,
}

impl std::fmt::Display for Outcome {
    /// How many jobs per second, and how many milliseconds half of them took at most, 99 in 100, and 999 in
    /// 1,000.
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
