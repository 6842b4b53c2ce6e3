//! `cargo xtask bench`: measures this project against peers and budgets, alternately on the same machine.
//!
//! A suite stores its results in `bench-results/`, and `BENCHMARKS.md` is generated from them, so the tables
//! can be regenerated without measuring.

mod queues;
mod dispatch;
mod wake;
mod messages;
mod structs;
mod footprint;
mod start;
mod reactor;
mod echo;
mod sleeps;
mod redis;
mod cancel;
mod tree;
mod sigint;
mod endurance;
mod soak;
mod fairness;
mod lateness;
mod chunks;
mod files;
mod compute;
mod preemption;
mod placement;
mod polyglot;
mod data;
mod grain;
mod tracing;
mod protocol;
mod server;
mod memory;
mod results;
mod targets;
mod charts;
mod report;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::command::{self, cargo};
use crate::toolchain::{self, WASM};

use results::Results;

/// Measure against peers and budgets, and write BENCHMARKS.md
///
/// Programs that are compared run alternately, in the same run. This takes some minutes, on an idle machine.
#[derive(clap::Args, Debug)]
pub(crate) struct Bench {
    /// Suites to run [default: all]
    #[arg(value_name = "SUITE", value_parser = suite)]
    suites: Vec<&'static Suite>,
    /// Regenerate BENCHMARKS.md from stored results
    #[arg(long)]
    report: bool,
}

/// A benchmark suite.
#[derive(Debug)]
struct Suite {
    name: &'static str,
    measure: fn(&Guests) -> Result<Results>,
}

static SUITES: &[Suite] = &[
    Suite { name: "queues", measure: queues::measure },
    Suite { name: "dispatch", measure: dispatch::measure },
    Suite { name: "wake", measure: wake::measure },
    Suite { name: "messages", measure: messages::measure },
    Suite { name: "structs", measure: structs::measure },
    Suite { name: "memory", measure: footprint::measure },
    Suite { name: "start", measure: start::measure },
    Suite { name: "reactor", measure: reactor::measure },
    Suite { name: "echo", measure: echo::measure },
    Suite { name: "sleeps", measure: sleeps::measure },
    Suite { name: "redis", measure: redis::measure },
    Suite { name: "cancel", measure: cancel::measure },
    Suite { name: "tree", measure: tree::measure },
    Suite { name: "sigint", measure: sigint::measure },
    Suite { name: "endurance", measure: endurance::measure },
    Suite { name: "soak", measure: soak::measure },
    Suite { name: "fairness", measure: fairness::measure },
    Suite { name: "lateness", measure: lateness::measure },
    Suite { name: "compute", measure: compute::measure },
    Suite { name: "preemption", measure: preemption::measure },
    Suite { name: "placement", measure: placement::measure },
    Suite { name: "polyglot", measure: polyglot::measure },
    Suite { name: "data", measure: data::measure },
    Suite { name: "chunks", measure: chunks::measure },
    Suite { name: "files", measure: files::measure },
    Suite { name: "grain", measure: grain::measure },
    Suite { name: "tracing", measure: tracing::measure },
];

impl Bench {
    /// Runs the suites. Returns exit code 0, or an error.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if !self.report {
            let guests = Guests::build()?;
            for suite in SUITES {
                if self.suites.is_empty() || self.suites.iter().any(|only| only.name == suite.name) {
                    eprintln!("\n== {}", suite.name);
                    results::keep(suite.name, &(suite.measure)(&guests)?)?;
                }
            }
        }
        report::write(&SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>())?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Returns the folder for peers that are not built with the rest.
fn peers_folder() -> Result<PathBuf> {
    Ok(command::target_dir()?.join("peers"))
}

/// The built programs: the host, its guests, and native peers.
struct Guests {
    host: PathBuf,
    folder: PathBuf,
    examples: PathBuf,
}

impl Guests {
    fn build() -> Result<Self> {
        toolchain::ensure_target()?;
        command::run(&mut cargo(&["build", "--release", "-p", "parallel-host-cli"]))?;
        command::run(&mut cargo(&["build", "--release", "-p", "parallel-host", "--example", "bare_engine"]))?;
        let guests = ["build", "--release", "--target", WASM, "-p", "examples", "-p", "benches", "--bins"];
        command::run(&mut cargo(&guests))?;
        let peers = ["build", "--release", "-p", "benches"];
        let of_both = ["--example", "data_peers", "--example", "compute_peers", "--example", "tokio_joins"];
        command::run(cargo(&peers).args(["--target", WASM]).args(of_both))?;
        command::run(cargo(&peers).arg("--examples"))?;
        let target = command::target_dir()?;
        Ok(Self {
            host: command::host()?,
            folder: target.join(WASM).join("release"),
            examples: target.join("release/examples"),
        })
    }

    /// Returns the command `native_peers what count`.
    fn native_peer(&self, what: &str, count: usize) -> Command {
        let mut command = self.peer("native_peers");
        command.args([what, &count.to_string()]);
        command
    }

    /// Returns the command of a native program of `benches/examples`.
    fn peer(&self, name: &str) -> Command {
        Command::new(self.examples.join(name))
    }

    /// Returns the command `bare_engine bare.wasm what number`, which uses wasmtime without the host.
    fn bare_engine(&self, what: &str, number: usize) -> Command {
        let mut command = self.peer("bare_engine");
        command.arg(self.folder.join("bare.wasm")).args([what, &number.to_string()]);
        command
    }

    /// Returns the command `host run [options] guest.wasm`.
    fn command(&self, options: &[&str], guest: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.host);
        command.arg("run").args(options).arg("--").arg(self.folder.join(guest).with_extension("wasm"));
        command
    }
}

fn suite(name: &str) -> Result<&'static Suite, String> {
    SUITES.iter().find(|suite| suite.name == name).ok_or_else(|| {
        let names = SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ");
        format!("the suites are: {names}")
    })
}
