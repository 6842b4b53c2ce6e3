//! `cargo xtask soak`: random load on one host for a time, and whether anything is lost or grows.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::command;
use crate::fuzz;
use crate::mutants::{HOST_BUILD, Mutant};

/// How long a soak is that has to find a mutant.
const MUTANT: Duration = Duration::from_secs(90);

/// Runs random apps on one host for a time: whether anything is lost or grows
///
/// They are stopped, dropped, and short of memory, room and time; beside them the command is sent signals.
/// What each prints is compared, each job has one end, and what the process has is compared when nothing
/// runs. `cargo xtask bench soak` does that for ten minutes, and writes it down.
#[derive(clap::Args, Debug)]
pub(crate) struct Soak {
    /// How long, as in 60s or 8h
    #[arg(long, default_value = "10m", value_parser = fuzz::time)]
    time: Duration,
    /// Where random numbers begin
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many cores the host has
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Plant leaks in copies of the host, and show that a soak of a minute and a half finds each
    #[arg(long, conflicts_with = "time")]
    mutants: bool,
}

/// What a soak has measured.
#[derive(Debug, Deserialize)]
pub(crate) struct Figures {
    pub(crate) seconds: u64,
    pub(crate) cores: usize,
    pub(crate) runs: u64,
    /// Runs that nothing has disturbed.
    pub(crate) undisturbed: u64,
    pub(crate) commands: u64,
    pub(crate) jobs: u64,
    pub(crate) trends: Vec<Trend>,
}

/// One thing that the process has when nothing runs.
#[derive(Debug, Deserialize)]
pub(crate) struct Trend {
    pub(crate) name: String,
    /// In the second third of the time, and in the last.
    pub(crate) early: f64,
    pub(crate) late: f64,
    pub(crate) most: f64,
    /// By how much it may grow between the two, if that is judged.
    pub(crate) allowed: Option<f64>,
}

impl Soak {
    /// Ends with 0, or with 1 if the host grows.
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

/// Shows that a soak finds each leak that is planted for it.
fn find_mutants(seed: u64, cores: usize) -> Result<()> {
    for mutant in Mutant::all("soak")? {
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

/// Soaks a host that is built. An error if anything is lost or grows.
pub(crate) fn soak(time: Duration, seed: u64, cores: usize) -> Result<Figures> {
    match measure(&command::target_dir()?, time, seed, cores)? {
        (figures, true) => Ok(figures),
        (_, false) => bail!("the host grows"),
    }
}

/// Soaks the host of a target folder. Returns what was measured, and whether nothing grows; an error if
/// anything is lost.
fn measure(target: &Path, time: Duration, seed: u64, cores: usize) -> Result<(Figures, bool)> {
    let mut command = Command::new(target.join("release/soak"));
    command.args(["--time", &format!("{}s", time.as_secs()), "--seed", &seed.to_string()]);
    command.args(["--cores", &cores.to_string()]).arg("--files").arg(target.join("fuzz/soak"));
    // What is free goes back at once, so that it is not resident.
    command.env("MIMALLOC_PURGE_DELAY", "0");
    let output = command.stderr(Stdio::inherit()).output().context("cannot run the soak")?;
    // Without figures, something was lost, which the soak has said.
    let figures = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("the soak ends with {}", output.status))?;
    Ok((figures, output.status.success()))
}
