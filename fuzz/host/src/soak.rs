//! The soak test: runs random apps on one host for some time. Runs are stopped, dropped, or given too little
//! memory or time. Meanwhile the command is run and sent signals.
//!
//! Nothing may be lost: an undisturbed run prints the same as when it runs alone, and the exit code of a
//! disturbed one matches the disturbance. Nothing may be left behind: each job ends once, and an idle host has
//! the same resources as before. So the time is divided into slices. At the end of a slice all runs have ended,
//! and the resources of the process are one sample of a series that must be flat.

mod load;
mod counts;
mod pool;
mod signals;
mod trend;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use host::{Cache, Config, Host, Usage};
use serde_json::json;

use crate::watch::{Process, core_panics, peak, reset_peak, resident};

use counts::Counts;
use load::{DEPTH, Loads};
use pool::Pool;
use trend::Trend;

/// The number of concurrent runs per core. It is high enough that runs wait for each other.
const RUNS: usize = 3;

/// The length of a slice, and the minimum and maximum number of slices. A short slice would consist mostly of
/// waiting for its last runs.
const SLICE: Duration = Duration::from_secs(5);
const FEWEST: u32 = 9;
const MOST: u32 = 120;

/// The allowed growth of the heap after the first third of the time, in MiB. The heap is counted exactly; only
/// caches of the engine and of threads vary, by a tenth of this.
const HEAP: f64 = 0.25;

/// The allowed growth of the resident memory outside of the pool, in MiB: pages that the allocator has not
/// returned. Soak tests of one and two minutes grew by 6 and 11.
const RESIDENT: f64 = 24.0;

/// Few slots, so that a run often has to wait for one.
const SLOTS: usize = 10;

/// The parameters of a soak test.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The time in which runs are started.
    pub time: Duration,
    /// The seed of the random numbers.
    pub seed: u64,
    /// The number of cores of the host.
    pub cores: usize,
}

/// The results of a soak test.
#[derive(Debug)]
pub struct Figures {
    options: Options,
    runs: u64,
    undisturbed: u64,
    commands: u64,
    jobs: u64,
    trends: Vec<Trend>,
}

/// Runs a soak test. Files are written to this folder.
///
/// # Errors
///
/// Fails with a description of the first problem: a run that ended incorrectly, or something that a run left
/// behind.
pub fn soak(options: Options, files: &Path) -> Result<Figures, String> {
    core_panics();
    signals::make_commands_listen()?;
    let mut config = Config::default();
    config.cores = options.cores.try_into().map_err(|_| "a host has at least one core".to_owned())?;
    (config.runs, config.slots, config.depth) = (RUNS * options.cores, SLOTS, DEPTH);
    config.cache = Cache::Dir(files.join("cache"));
    let (pool, host) = Pool::of(|| Host::new(&config));
    let host = host.map_err(|error| error.to_string())?;
    let loads = Loads::new(&host, files)?;
    let counts = Counts::default();
    let mut samples = Vec::new();
    let slices = (options.time.as_secs() / SLICE.as_secs()).clamp(FEWEST.into(), MOST.into()) as u32;
    for slice in 0..slices {
        let deadline = Instant::now() + options.time / slices;
        reset_peak();
        run_until(deadline, &loads, &counts, options, slice)?;
        samples.push(sample(&host, &pool)?);
    }
    write_samples(&files.join("samples.csv"), &samples)?;
    let of = |index: usize| samples.iter().map(|sample| sample[index]).collect::<Vec<_>>();
    let count = |count: AtomicU64| count.into_inner();
    Ok(Figures {
        options,
        runs: count(counts.runs),
        undisturbed: count(counts.undisturbed),
        commands: count(counts.commands),
        jobs: count(counts.jobs),
        trends: vec![
            Trend::new("heap, MiB", of(0), HEAP),
            Trend::new("resident memory without the pool, MiB", of(1), RESIDENT),
            Trend::new("resident memory of the pool, MiB", of(2), f64::INFINITY),
            Trend::new("peak of both, MiB", of(3), f64::INFINITY),
            // A core keeps a thread that has done something blocking for a while.
            Trend::new("threads", of(4), options.cores as f64),
            Trend::new("descriptors", of(5), 0.0),
        ],
    })
}

/// Writes all samples to a file, which shows when something grew.
fn write_samples(path: &Path, samples: &[[f64; 6]]) -> Result<(), String> {
    let mut text = String::from("heap,resident,pool,peak,threads,descriptors\n");
    for sample in samples {
        text += &sample.map(|figure| format!("{figure:.3}")).join(",");
        text.push('\n');
    }
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// Calls a function again and again on each of a few threads, until the time is over or a call fails.
fn run_until(
    deadline: Instant,
    loads: &Loads,
    counts: &Counts,
    options: Options,
    slice: u32,
) -> Result<(), String> {
    let wrong = Mutex::new(None::<String>);
    let works = |thread: usize| {
        let seed = options.seed ^ (u64::from(slice) << 32) ^ ((thread as u64) << 16);
        let mut random = Rng::with_seed(seed);
        while Instant::now() < deadline {
            let seed = random.u64(..);
            // One of the threads runs commands.
            let ended = if thread == 0 {
                let ended = signals::run(&mut Rng::with_seed(seed), options.cores);
                ended.map(|()| _ = counts.commands.fetch_add(1, Ordering::Relaxed))
            } else {
                loads.run(&mut Rng::with_seed(seed)).map(|ended| ended.count(counts))
            };
            if let Err(what) = ended {
                let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                wrong.get_or_insert(format!("slice {slice}, thread {thread}: {what}"));
                break;
            }
        }
    };
    thread::scope(|scope| {
        let works = &works;
        (0..RUNS * options.cores).for_each(|thread| _ = scope.spawn(move || works(thread)));
    });
    wrong.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
}

/// Samples the resources of the idle process: heap, resident memory without the pool, resident memory of the
/// pool, the peak of both in the slice, threads, and descriptors.
fn sample(host: &Host, pool: &Pool) -> Result<[f64; 6], String> {
    if core_panics() > 0 || host.usage() != Usage::default() {
        return Err(format!("a core has panicked, or {:?} is in use when nothing runs", host.usage()));
    }
    let Process { threads, files } = Process::now();
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let heap = mebibytes(fuzz::allocated() as u64);
    let pool = pool.resident();
    let rest = (resident() << 10).saturating_sub(pool);
    let peak = peak() << 10;
    Ok([heap, mebibytes(rest), mebibytes(pool), mebibytes(peak), threads as f64, files as f64])
}

impl Figures {
    /// Checks that nothing grows.
    ///
    /// # Errors
    ///
    /// Fails with a description of what grows by how much.
    pub fn check(&self) -> Result<(), String> {
        let growing = self.trends.iter().filter(|trend| !trend.is_flat());
        let growing = growing.map(ToString::to_string).collect::<Vec<_>>();
        if growing.is_empty() { Ok(()) } else { Err(growing.join("; ")) }
    }

    /// Returns the results as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let trends = self.trends.iter().map(Trend::to_json).collect::<Vec<_>>();
        let value = json!({
            "seconds": self.options.time.as_secs(),
            "seed": self.options.seed,
            "cores": self.options.cores,
            "runs": self.runs,
            "undisturbed": self.undisturbed,
            "commands": self.commands,
            "jobs": self.jobs,
            "trends": trends,
        });
        value.to_string()
    }
}
