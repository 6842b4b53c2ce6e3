//! The load of a soak: apps with all features of jobs, and what disturbs them.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use fastrand::Rng;
use host::{App, DirGrant, Host, RunConfig};

use super::counts::Counts;
use crate::guests::guest;
use crate::run::{By, Ended, run};

/// The nesting of jobs in the deepest program.
pub(super) const DEPTH: u32 = 12;

/// Programs that always print the same, even with few slots, and their arguments.
const PROGRAMS: [(&str, &str); 21] = [
    ("par_fib", ""),
    ("par_values", ""),
    ("par_churn", ""),
    ("par_number_reuse", ""),
    ("failure_try_join", ""),
    ("cancel_waiting", ""),
    ("failure_caught", ""),
    ("failure_siblings", ""),
    ("failure_traps", ""),
    ("failure_nested", ""),
    ("items_contract", "order"),
    ("stream_values", ""),
    ("limit_each", "memory of one"),
    ("limit_each", "time of one"),
    ("hostile", "panic"),
    ("hostile", "abort"),
    ("hostile", "wild store"),
    ("hostile", "exit"),
    ("hostile", "sleep"),
    ("hostile", "endless"),
    ("hostile", "pile"),
];

/// Programs that end only when they are stopped, or at a random time.
const ENDLESS: [(&str, &str); 3] =
    [("stop_main", "waits"), ("stop_main", "computes"), ("stop_main", "stays")];

/// A run that takes longer hangs.
const GUARD: Duration = Duration::from_secs(60);

/// The apps, and the undisturbed output of each.
pub(super) struct Loads {
    programs: Vec<(App, &'static str, String)>,
    endless: Vec<(App, &'static str)>,
    scripts: App,
    /// A folder for files that runs write.
    files: PathBuf,
}

/// A run that has ended correctly.
pub(super) struct Right {
    jobs: u64,
    is_undisturbed: bool,
}

impl Right {
    pub(super) fn count(self, counts: &Counts) {
        counts.runs.fetch_add(1, Ordering::Relaxed);
        counts.undisturbed.fetch_add(u64::from(self.is_undisturbed), Ordering::Relaxed);
        counts.jobs.fetch_add(self.jobs, Ordering::Relaxed);
    }
}

/// A disturbance of a run, and the exit codes that it may cause.
struct Disturbance {
    by: By,
    codes: &'static [u8],
}

impl Loads {
    /// Runs each program once, alone.
    pub(super) fn new(host: &Host, files: &Path) -> Result<Self, String> {
        let load = |name: &str| host.load(guest(name)).map_err(|error| error.to_string());
        let mut loads = Self {
            programs: Vec::new(),
            endless: Vec::new(),
            scripts: load("contract_script")?,
            files: files.to_owned(),
        };
        for (name, arg) in PROGRAMS {
            let app = load(name)?;
            let Ended { code, stdout, stderr, .. } = run(&app, loads.config(arg)?.1, By::Itself)?;
            if code != Some(0) {
                return Err(format!("{name} {arg} ends with {code:?}: {stderr}"));
            }
            loads.programs.push((app, arg, stdout));
        }
        for (name, arg) in ENDLESS {
            loads.endless.push((load(name)?, arg));
        }
        Ok(loads)
    }

    /// Performs one random run.
    pub(super) fn run(&self, random: &mut Rng) -> Result<Right, String> {
        match random.u8(0..8) {
            0 => {
                let (app, arg) = &self.endless[random.usize(..self.endless.len())];
                self.disturbed(app, arg, None, random)
            }
            1 => {
                let script = (0..random.usize(0..200)).map(|_| format!("{:02x}", random.u8(..)));
                let script = script.collect::<String>();
                self.disturbed(&self.scripts, &script, None, random)
            }
            2..=4 => {
                let (app, arg, prints) = &self.programs[random.usize(..self.programs.len())];
                self.disturbed(app, arg, Some(prints), random)
            }
            _ => {
                let (app, arg, prints) = &self.programs[random.usize(..self.programs.len())];
                let (_folder, config) = self.config(arg)?;
                let ended = run(app, config, By::Itself)?;
                if (ended.code, &ended.stdout) != (Some(0), prints) {
                    return Err(format!("{app:?} {arg} ends as {ended:?}, and prints {prints:?} alone"));
                }
                Ok(Right { jobs: ended.jobs, is_undisturbed: true })
            }
        }
    }

    fn disturbed(
        &self,
        app: &App,
        arg: &str,
        prints: Option<&String>,
        random: &mut Rng,
    ) -> Result<Right, String> {
        let (_folder, mut config) = self.config(arg)?;
        let Disturbance { by, codes } = disturbance(&mut config, random);
        let ended = run(app, config, by)?;
        if ended.stdout.contains("VIOLATION") {
            return Err(ended.stdout);
        }
        // A disturbance that comes too late or has no effect changes nothing. The output of a random script
        // is not predictable.
        let is_whole = prints.is_some_and(|prints| ended.code == Some(0) && ended.stdout == *prints);
        let is_random = std::ptr::eq(app, &self.scripts);
        match ended.code {
            None => Ok(Right { jobs: ended.jobs, is_undisturbed: false }),
            Some(code) if is_whole || is_random || codes.contains(&code) => {
                Ok(Right { jobs: ended.jobs, is_undisturbed: false })
            }
            code => Err(format!("{app:?} {arg}, ended by {by:?}, ends with {code:?}: {ended:?}")),
        }
    }

    /// Creates the configuration of a run with this argument, and folders that exist as long as the returned
    /// value.
    fn config(&self, arg: &str) -> Result<(tempfile::TempDir, RunConfig), String> {
        let folder = tempfile::tempdir_in(&self.files).map_err(|error| error.to_string())?;
        let mut config = RunConfig::default();
        config.args = if arg.is_empty() { Vec::new() } else { vec![arg.to_owned()] };
        config.limits.timeout = Some(GUARD);
        config.limits.memory = 2 << 30;
        config.limits.depth = DEPTH;
        config.grants.dirs = vec![DirGrant::read_write(folder.path(), "/")];
        Ok((folder, config))
    }
}

/// Disturbs a run in one way.
fn disturbance(config: &mut RunConfig, random: &mut Rng) -> Disturbance {
    let after = Duration::from_micros(random.u64(0..30_000));
    config.grace = Duration::from_millis(random.u64(0..20));
    config.fresh = random.u8(..) < 32;
    // An endless run has to end, whatever disturbs it.
    config.limits.timeout = Some(Duration::from_millis(200));
    let (by, codes): (By, &[u8]) = match random.u8(0..5) {
        0 | 1 => (By::StopHandle(after), &[130, 124]),
        2 => (By::Drop(after), &[]),
        3 => {
            config.limits.timeout = Some(after);
            (By::Itself, &[124])
        }
        _ => {
            // Too little memory, few jobs, small messages: failures of jobs, which main may panic about.
            config.limits.memory = random.u64(1 << 20..64 << 20);
            config.limits.jobs = random.usize(0..20);
            config.limits.queued = random.usize(0..1 << 16);
            config.limits.depth = random.u32(0..4);
            config.limits.job_timeout = Some(after);
            (By::Itself, &[124, 134, 1, 0, 101])
        }
    };
    Disturbance { by, codes }
}
