//! The contract, called in any order: a guest interprets the input as a script, on a host with small limits.
//!
//! A guest must not be able to hang the host, break it, or leave anything in it after the run.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use fuzz::{Make, Target, mutated};
use host::{App, Cache, Config, Host, RunConfig, Usage};

use crate::guests::guest;
use crate::run::{By, run};
use crate::watch::{Process, core_panics, peak, reset_peak, resident};

/// The number of bytes that select the host and the limits.
const HEADER: usize = 8;

/// The memory that the host needs for a run, beyond the guest's limit.
const SPARE: u64 = 64 << 20;

/// How long a core may keep the slot of a job that was stopped before it started.
const LAST_SLOT: Duration = Duration::from_secs(1);

pub(crate) struct Contract {
    /// Hosts with different numbers of cores and slots, each with the app.
    apps: Vec<(Host, App)>,
    /// The resources of the idle process, from the first input on.
    before: Option<Process>,
    inputs: u64,
}

impl Make for Contract {
    fn make(files: &Path) -> Self {
        core_panics();
        let app = |(cores, slots): (usize, usize)| {
            let mut config = Config::default();
            config.cores = cores.try_into().expect("a host has cores");
            (config.slots, config.runs) = (slots, 1);
            config.cache = Cache::Dir(files.join("cache"));
            let host = Host::new(&config).expect("such a host can be had");
            let app = host.load(guest("contract_script")).expect("the guest is a component");
            (host, app)
        };
        let apps = [(1, 100), (2, 100), (2, 0), (3, 2)].map(app).into();
        let contract = Self { apps, before: None, inputs: 0 };
        for host in 0..contract.apps.len() {
            contract.plays_right(host).expect("a script without violations runs");
        }
        contract
    }
}

impl Target for Contract {
    /// All runs have a time limit of a fraction of this.
    const LIMIT: Duration = Duration::from_secs(30);

    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        if random.bool() {
            return mutated(random, seeds, &[&[255], &[40, 120, 240], &[0, 0, 2, 240, 4]]);
        }
        // Every byte is a step, so any bytes are a script.
        (0..random.usize(HEADER..200)).map(|_| random.u8(..)).collect()
    }

    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        let Some((header, script)) = input.split_first_chunk::<HEADER>() else { return Ok(()) };
        let index = usize::from(header[0]) % self.apps.len();
        let config = config(header, script);
        let memory = config.limits.memory;
        let after = Duration::from_micros(u64::from(header[7] / 3) * 100);
        let by = match header[7] % 3 {
            0 => By::Itself,
            1 => By::StopHandle(after),
            _ => By::Drop(after),
        };
        let before = *self.before.get_or_insert_with(Process::now);
        reset_peak();
        let resident = resident();
        let ended = run(&self.apps[index].1, config, by)?;
        let grown = peak().saturating_sub(resident) << 10;
        if let Some(at) = ended.stdout.find("VIOLATION") {
            return Err(ended.stdout[at..].lines().next().unwrap_or_default().to_owned());
        }
        if grown > memory + memory / 10 + SPARE {
            return Err(format!("the host grows by {grown} bytes, and the run may have {memory}"));
        }
        before.comes_back_to()?;
        self.is_well(index)
    }
}

/// Returns limits of all kinds, which keep every run short.
fn config(header: &[u8; HEADER], script: &[u8]) -> RunConfig {
    let of = |at: usize, choices: &[usize]| choices[usize::from(header[at]) % choices.len()];
    let mut config = RunConfig::default();
    config.args = vec![script.iter().map(|byte| format!("{byte:02x}")).collect()];
    config.grace = Duration::from_millis(of(1, &[20, 0, 1]) as u64);
    config.fresh = header[1] & 0x80 != 0;
    let limits = &mut config.limits;
    limits.timeout = Some(Duration::from_millis(200));
    limits.job_timeout = [None, None, Some(Duration::from_millis(2))][of(2, &[0, 1, 2])];
    limits.memory = of(3, &[64 << 20, 256 << 20, 16 << 20, 2 << 20]) as u64;
    limits.job_memory = of(3, &[1 << 30, 1 << 30, 1 << 30, 2 << 20]) as u64;
    limits.jobs = of(4, &[100_000, 100, 4, 1, 0]);
    limits.queued = of(4, &[1 << 30, 1 << 30, 64 << 10, 64 << 10, 0]);
    limits.message = of(5, &[1 << 20, 1 << 20, 1 << 20, 100, 0]);
    limits.depth = of(6, &[64, 64, 64, 3, 1, 0]) as u32;
    limits.job_calls = [None, None, None, Some(100)][of(6, &[0, 1, 2, 3])];
    config
}

impl Contract {
    /// Checks the invariants after each run.
    fn is_well(&mut self, host: usize) -> Result<(), String> {
        if core_panics() > 0 {
            return Err("a core has panicked".to_owned());
        }
        // A core may just have taken a job that was stopped, and returns its slot within microseconds.
        let until = Instant::now() + LAST_SLOT;
        let mut usage = self.apps[host].0.usage();
        while usage != Usage::default() && Instant::now() < until {
            thread::yield_now();
            usage = self.apps[host].0.usage();
        }
        if usage != Usage::default() {
            return Err(format!("{usage:?} is in use when nothing runs"));
        }
        self.inputs += 1;
        if self.inputs.is_multiple_of(8) { self.plays_right(host) } else { Ok(()) }
    }

    /// Runs a script without violations: three jobs start and end, one of which sends two items.
    fn plays_right(&self, host: usize) -> Result<(), String> {
        let mut config = RunConfig::default();
        config.args = vec!["0000000000000002043c003c00ff".to_owned()];
        let ended = run(&self.apps[host].1, config, By::Itself)?;
        match (ended.code, ended.stdout.as_str(), ended.returned) {
            (Some(0), "", 4) => Ok(()),
            _ => Err(format!("a script without violations ends as {ended:?}")),
        }
    }
}
