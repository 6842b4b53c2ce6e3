//! `cargo xtask soak`: random load on one host for a time, and whether anything is lost or grows.

use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::command;
use crate::fuzz;

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
    /// In the second quarter of the time, and in the last.
    pub(crate) early: f64,
    pub(crate) late: f64,
    pub(crate) most: f64,
    /// By how much it may grow between the two, if that is judged.
    pub(crate) allowed: Option<f64>,
}

impl Soak {
    /// Ends with 0, or an error.
    pub(crate) fn run(self) -> Result<ExitCode> {
        fuzz::build()?;
        let Figures { seconds, cores, runs, undisturbed, commands, jobs, trends } =
            soak(self.time, self.seed, self.cores)?;
        println!(
            "{seconds} s on {cores} cores: {runs} runs, {undisturbed} of them undisturbed, with {jobs} jobs; \
             and {commands} commands that were sent signals"
        );
        for Trend { name, early, late, most, allowed } in trends {
            let allowed = allowed.map_or(String::new(), |allowed| format!(", of {allowed:.2} allowed"));
            println!("{name}: {early:.2}, then {late:.2} ({:+.2}{allowed}), at most {most:.2}", late - early);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Soaks a host that is built. An error if anything is lost or grows, which has been said.
pub(crate) fn soak(time: Duration, seed: u64, cores: usize) -> Result<Figures> {
    let target = command::target_dir()?;
    let mut command = Command::new(target.join("release/soak"));
    command.args(["--time", &format!("{}s", time.as_secs()), "--seed", &seed.to_string()]);
    command.args(["--cores", &cores.to_string()]).arg("--files").arg(target.join("fuzz/soak"));
    let output = command.stderr(Stdio::inherit()).output().context("cannot run the soak")?;
    if !output.status.success() {
        bail!("the soak failed ({}): {}", output.status, String::from_utf8_lossy(&output.stdout).trim());
    }
    serde_json::from_slice(&output.stdout).context("the soak does not print its figures")
}
