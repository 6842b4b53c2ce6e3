//! The step `models`: the models of `host/scheduler` and `host/cluster`, and mutants that they have to find.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail, ensure};

use crate::command::{self, cargo, run, succeeds};
use crate::mutants::Mutant;

/// Models: a test of a package, which is built with flags of its own.
#[derive(Clone, Copy)]
struct Kind {
    /// The name of the kind, by which mutants name it.
    name: &'static str,
    package: &'static str,
    test: &'static str,
    flags: &'static str,
    /// The prefix of the paths of files that mutants may change.
    sources: &'static str,
}

const KINDS: [Kind; 4] = [
    scheduler("model", ""),
    scheduler("shuttle", "--cfg shuttle"),
    scheduler("loom", "--cfg loom"),
    Kind {
        name: "cluster",
        package: "parallel-cluster",
        test: "model",
        flags: "",
        sources: "host/cluster/src/",
    },
];

/// Returns the models of the scheduler that have this name.
const fn scheduler(name: &'static str, flags: &'static str) -> Kind {
    Kind { name, package: "parallel-scheduler", test: name, flags, sources: "host/scheduler/src/" }
}

/// Runs all models, and then for each mutant the one that has to find it.
pub(crate) fn check() -> Result<()> {
    let folder = command::target_dir()?.join("models");
    let copy = folder.join("mutant");
    let mutants = KINDS.map(|kind| Mutant::of(kind.name));
    let mutants = mutants.into_iter().collect::<Result<Vec<_>>>()?;
    // First, because it takes no time: a patch that does not apply has to be rewritten.
    mutants.iter().flatten().try_for_each(Mutant::check_applies)?;
    for (kind, mutants) in KINDS.into_iter().zip(&mutants) {
        run(&mut models_of(&folder, kind))?;
        for mutant in mutants {
            mutant.plant(&copy, &[kind.sources])?;
            let in_copy = || {
                let mut command = models_of(&folder, kind);
                command.current_dir(&copy);
                command
            };
            // A mutant that does not build would make every model fail.
            run(in_copy().arg("--no-run"))?;
            check_is_found(mutant, in_copy)?;
        }
    }
    Ok(())
}

/// Checks that a model fails in the copy with this mutant.
fn check_is_found(Mutant { name, kind, test, .. }: &Mutant, in_copy: impl Fn() -> Command) -> Result<()> {
    // A mutant whose model was renamed would never be found.
    let listed = in_copy().args(["--", "--exact", test, "--list"]).output()?;
    let is_there = String::from_utf8_lossy(&listed.stdout).contains(&format!("{test}: test"));
    ensure!(is_there, "{test}, which has to find the mutant {name}, is no model");
    eprintln!("$ {test} (has to fail: {name})");
    if succeeds(in_copy().args(["--", "--exact", test])) {
        bail!("the model `{test}` of {kind} does not find the mutant {name}");
    }
    Ok(())
}

/// Returns the command that builds and runs the models of this kind. Each kind has a target folder of its own,
/// because its flags differ.
fn models_of(folder: &Path, kind: Kind) -> Command {
    let Kind { name, package, test, flags, .. } = kind;
    let mut command = cargo(&["test", "--release", "--locked", "-p", package, "--test", test]);
    command.env("RUSTFLAGS", flags).env("CARGO_TARGET_DIR", folder.join(name));
    command
}
