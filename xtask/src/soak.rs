//! `cargo xtask soak`: random load on one host, to find leaks and lost jobs.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::command;
use crate::fuzz;
use crate::mutants::{HOST_BUILD, Mutant};

/// The duration of a soak test that has to find a mutant.
const MUTANT: Duration = Duration::from_secs(90);

/// Run random apps on one host, and check that nothing is lost and nothing grows
///
/// The apps are stopped, dropped, and short of memory, slots and time; the command is sent signals meanwhile.
/// The output of each app is compared, each job must end once, and the resources of the idle process are
/// compared. `cargo xtask bench soak` does this for ten minutes, and stores the results.
#[derive(clap::Args, Debug)]
pub(crate) struct Soak {
    /// Duration, such as 60s or 8h
    #[arg(long, default_value = "10m", value_parser = fuzz::time)]
    time: Duration,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Number of cores of the host
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Plant leaks in copies of the host, and show that a soak of a minute and a half finds each
    #[arg(long, conflicts_with = "time")]
    mutants: bool,
}

/// The results of a soak.
#[derive(Debug, Deserialize)]
pub(crate) struct Figures {
    pub(crate) seconds: u64,
    pub(crate) cores: usize,
    pub(crate) runs: u64,
    /// The number of runs that were not disturbed.
    pub(crate) undisturbed: u64,
    pub(crate) commands: u64,
    pub(crate) jobs: u64,
    pub(crate) trends: Vec<Trend>,
}

/// A resource of the idle process.
#[derive(Debug, Deserialize)]
pub(crate) struct Trend {
    pub(crate) name: String,
    /// The median of the second third of the time, and that of the last.
    pub(crate) early: f64,
    pub(crate) late: f64,
    pub(crate) most: f64,
    /// The growth that is allowed between the two; `None` if it is not checked.
    pub(crate) allowed: Option<f64>,
}

impl Soak {
    /// Runs the soak. Returns exit code 0, or 1 if the host grows.
    pub(crate) fn run(self) -> Result<ExitCode> {
        fuzz::build_host()?;
        let Self { time, seed, cores, mutants } = self;
        if mutants {
            return find_mutants(seed, cores).map(|()| ExitCode::SUCCESS);
        }
        let (figures, is_flat) = measure(&command::target_dir()?, time, seed, cores)?;
        figures.print();
        Ok(if is_flat { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Figures {
    fn print(&self) {
        let Self { seconds, cores, runs, undisturbed, commands, jobs, trends } = self;
        println!(
            "{seconds} s on {cores} cores: {runs} runs, {undisturbed} of them undisturbed, with {jobs} jobs; \
             and {commands} commands that were sent signals"
        );
        for Trend { name, early, late, most, allowed } in trends {
            let allowed = allowed.map_or(String::new(), |allowed| format!(", of {allowed:.2} allowed"));
            println!("{name}: {early:.2}, then {late:.2} ({:+.2}{allowed}), at most {most:.2}", late - early);
        }
    }
}

/// Checks that the soak test finds each planted leak.
fn find_mutants(seed: u64, cores: usize) -> Result<()> {
    for mutant in Mutant::of("soak")? {
        let target = mutant.build(&HOST_BUILD)?;
        let (figures, is_flat) = measure(&target, MUTANT, seed, cores)?;
        figures.print();
        if is_flat {
            bail!("the soak does not find the mutant {}", mutant.name);
        }
        eprintln!("{} is found", mutant.name);
    }
    Ok(())
}

/// Runs a soak on a built host.
///
/// # Errors
///
/// Fails if anything is lost or grows.
pub(crate) fn soak(time: Duration, seed: u64, cores: usize) -> Result<Figures> {
    match measure(&command::target_dir()?, time, seed, cores)? {
        (figures, true) => Ok(figures),
        (_, false) => bail!("the host grows"),
    }
}

/// Runs the soak test on the host of a target folder. Returns the figures, and whether nothing grows. Fails if
/// anything is lost.
fn measure(target: &Path, time: Duration, seed: u64, cores: usize) -> Result<(Figures, bool)> {
    let mut command = Command::new(target.join("release/soak"));
    command.args(["--time", &format!("{}s", time.as_secs()), "--seed", &seed.to_string()]);
    command.args(["--cores", &cores.to_string()]).arg("--files").arg(target.join("fuzz/soak"));
    // The allocator returns free memory at once, so that it is not counted as resident.
    command.env("MIMALLOC_PURGE_DELAY", "0");
    let output = command.stderr(Stdio::inherit()).output().context("cannot run the soak")?;
    // Without figures, something was lost, and the soak test has printed what.
    let figures = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the soak ends with {}", output.status))?;
    Ok((figures, output.status.success()))
}
