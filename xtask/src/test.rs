//! `cargo xtask test`: runs the steps of CI, until one fails.

mod steps;
mod models;
mod msrv;
mod package;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use steps::{Outcome, STEPS, Step};

/// Run all steps of CI, and stop at the first failure
///
/// The first run takes longer, because it builds the engine. Every step prints the commands that it runs, so
/// that they can be repeated by hand.
#[derive(clap::Args, Debug)]
pub(crate) struct Test {
    /// Run only this step; can be given more than once
    ///
    /// The steps `test` and `doctests` use what the steps `host` and `guests` have built.
    #[arg(long, value_name = "STEP", value_parser = step)]
    only: Vec<&'static Step>,
    /// List the steps without running them
    #[arg(long)]
    list: bool,
}

/// A finished step.
struct Done {
    step: &'static Step,
    outcome: Result<Outcome>,
    wall: Duration,
}

impl Test {
    /// Runs the steps. Returns exit code 0 on success, and 1 if a step failed.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.list {
            STEPS.iter().for_each(|step| println!("{:<15} {}", step.name, step.what));
            return Ok(ExitCode::SUCCESS);
        }
        let chosen =
            |step: &&Step| self.only.is_empty() || self.only.iter().any(|only| only.name == step.name);
        let done = run_all(&STEPS.iter().filter(chosen).collect::<Vec<_>>());
        print!("{}", summary(&done));
        Ok(if done.iter().any(|done| done.outcome.is_err()) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Runs these steps in order, up to the first that fails.
fn run_all(steps: &[&'static Step]) -> Vec<Done> {
    let mut done = Vec::new();
    for (index, &step) in steps.iter().enumerate() {
        eprintln!("\n== {}/{} {}: {}", index + 1, steps.len(), step.name, step.what);
        let start = Instant::now();
        let outcome = (step.run)();
        let wall = start.elapsed();
        match &outcome {
            Ok(Outcome::Passed) => eprintln!("-- {} passed in {}", step.name, seconds(wall)),
            Ok(Outcome::Skipped(why)) => eprintln!("-- {} skipped: {why}", step.name),
            Err(error) => eprintln!("-- {} FAILED after {}: {error:#}", step.name, seconds(wall)),
        }
        let failed = outcome.is_err();
        done.push(Done { step, outcome, wall });
        if failed {
            break;
        }
    }
    done
}

/// Returns one line for each step, the command that repeats a failed one, and the counts.
fn summary(done: &[Done]) -> String {
    let mut text = String::from("\n");
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for Done { step, outcome, wall } in done {
        let (verdict, count) = match outcome {
            Ok(Outcome::Passed) => ("passed", &mut passed),
            Ok(Outcome::Skipped(_)) => ("skipped", &mut skipped),
            Err(_) => ("FAILED", &mut failed),
        };
        *count += 1;
        text += &format!("{:<15} {verdict:<8}{:>10}\n", step.name, seconds(*wall));
    }
    if let Some(Done { step, outcome: Err(error), .. }) = done.last() {
        text += &format!("\n{}: {error:#}\n", step.name);
        text += &format!("after a change: cargo xtask test --only {}\n", step.name);
    }
    text + &format!("\nsteps: {passed} passed, {failed} failed, {skipped} skipped\n")
}

fn seconds(wall: Duration) -> String {
    format!("{:.1} s", wall.as_secs_f64())
}

/// Returns the step with this name.
fn step(name: &str) -> Result<&'static Step, String> {
    STEPS.iter().find(|step| step.name == name).ok_or_else(|| {
        let names = STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
        format!("the steps are: {names}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    static PASSES: Step = Step { name: "passes", what: "", run: || Ok(Outcome::Passed) };
    static IS_SKIPPED: Step =
        Step { name: "is-skipped", what: "", run: || Ok(Outcome::Skipped("no need".to_owned())) };
    static FAILS: Step = Step { name: "fails", what: "", run: || anyhow::bail!("broken") };

    #[test]
    fn nothing_runs_after_a_failure() {
        let done = run_all(&[&PASSES, &FAILS, &PASSES]);
        let names: Vec<_> = done.iter().map(|done| done.step.name).collect();
        assert_eq!(names, ["passes", "fails"]);
    }

    #[test]
    fn the_summary_counts_and_names_the_failure() {
        let text = summary(&run_all(&[&PASSES, &IS_SKIPPED, &PASSES, &FAILS]));
        assert!(text.contains("fails: broken\n"), "{text}");
        assert!(text.contains("cargo xtask test --only fails\n"), "{text}");
        assert!(text.ends_with("\nsteps: 2 passed, 1 failed, 1 skipped\n"), "{text}");
    }

    #[test]
    fn steps_are_found_by_name() {
        assert_eq!(step("fmt").unwrap().name, "fmt");
        assert!(step("nonsense").unwrap_err().contains("toolchain, packages, fmt"));
    }
}
