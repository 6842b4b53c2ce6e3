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
mod calls;
mod cancel;
mod tree;
mod sigint;
mod endurance;
mod soak;
mod fairness;
mod lateness;
mod chains;
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
mod guests;
mod results;
mod targets;
mod charts;
mod report;

use std::process::ExitCode;

use anyhow::Result;

use guests::Guests;
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
    Suite { name: "calls", measure: calls::measure },
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
    Suite { name: "chains", measure: chains::measure },
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

fn suite(name: &str) -> Result<&'static Suite, String> {
    SUITES.iter().find(|suite| suite.name == name).ok_or_else(|| {
        let names = SUITES.iter().map(|suite| suite.name).collect::<Vec<_>>().join(", ");
        format!("the suites are: {names}")
    })
}
