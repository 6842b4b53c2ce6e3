//! The steps of `cargo xtask test`, in the order in which they run: cheap steps and prerequisites first.
//!
//! All of them use the release profile, so that the engine is built only once.

use std::fmt;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::models;
use crate::command::{self, cargo, run, succeeds};
use crate::compatibility;
use crate::fuzz;
use crate::languages;
use crate::packages;
use crate::soak;
use crate::test::{msrv, package};
use crate::toolchain::{self, WASM};

/// The members that run under the host. They are not built for this machine.
const GUESTS: [&str; 12] = [
    "benches", "budget", "examples", "faults", "jobs03", "programs", "records", "serves03", "snippets",
    "text", "values", "wasi03",
];

/// The members that depend on the engine.
const HOST: [&str; 3] = ["parallel-host", "parallel-host-cli", "fuzz-host"];

/// A step of CI.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) run: fn() -> Result<Outcome>,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The outcome of a step that did not fail.
pub(crate) enum Outcome {
    Passed,
    /// Skipped, for this reason.
    Skipped(String),
}

pub(crate) static STEPS: &[Step] = &[
    Step {
        name: "toolchain",
        what: "add what rustup can add: wasm32-wasip2, rustfmt, clippy",
        run: toolchain,
    },
    Step {
        name: "packages",
        what: "install what the tests talk to: nc, socat, curl, openssl, redis, nats, promtool",
        run: packages,
    },
    Step { name: "fmt", what: "the formatting of all files", run: fmt },
    Step { name: "host", what: "build the host", run: host },
    Step { name: "guests", what: "build the examples and the programs of the tests", run: guests },
    Step {
        name: "languages",
        what: "build the components in Python and JavaScript, and install jco and wasmtime",
        run: languages,
    },
    Step { name: "clippy", what: "warnings in what runs on this machine", run: clippy },
    Step { name: "clippy-guests", what: "warnings in what runs under the host", run: clippy_guests },
    Step { name: "test", what: "unit tests and integration tests", run: test },
    Step {
        name: "wasmtime",
        what: "programs and command lines that do the same under wasmtime and under the host",
        run: wasmtime,
    },
    Step {
        name: "models",
        what: "the orders of events in the scheduler and between machines, and the mutants that models have to find",
        run: models,
    },
    Step { name: "fuzz", what: "random inputs, a few seconds for each target", run: fuzz },
    Step { name: "soak", what: "random load on one host, for ten seconds", run: soak },
    Step {
        name: "doctests-host",
        what: "the examples in the documentation of the host and the cluster",
        run: doctests_host,
    },
    Step {
        name: "doctests",
        what: "the examples in the guest's documentation, under the host",
        run: doctests,
    },
    Step { name: "test-examples", what: "unit tests of the examples, under the host", run: test_examples },
    Step { name: "doc", what: "warnings in the documentation", run: doc },
    Step { name: "package", what: "build what is published from its packages alone", run: package },
    Step { name: "msrv", what: "the oldest Rust that the packages promise", run: msrv },
    Step { name: "deny", what: "licences, duplicates and sources of the dependencies", run: deny },
    Step { name: "advisories", what: "known vulnerabilities of the dependencies", run: advisories },
];

fn toolchain() -> Result<Outcome> {
    toolchain::ensure_target()?;
    toolchain::ensure_components()?;
    Ok(Outcome::Passed)
}

fn packages() -> Result<Outcome> {
    packages::ensure_packages()?;
    Ok(Outcome::Passed)
}

fn fmt() -> Result<Outcome> {
    pass(&mut cargo(&["fmt", "--all", "--check"]))
}

fn host() -> Result<Outcome> {
    pass(&mut cargo(&["build", "--release", "--locked", "-p", "parallel-host-cli"]))
}

fn guests() -> Result<Outcome> {
    let mut command = cargo(&["build", "--release", "--locked", "--target", WASM]);
    pass(of_guests(&mut command, "-p"))
}

/// Builds the components in other languages. The tests skip components that cannot be built.
fn languages() -> Result<Outcome> {
    let all = languages::TEXTS.iter().chain([&languages::OTHER]);
    let missing = all.filter_map(|component| {
        let why = languages::made(component).err()?;
        Some(format!("{}.wasm ({why:#})", component.name))
    });
    let runtimes = languages::runtimes().into_iter().map(|(name, why)| format!("{name} ({why:#})"));
    let missing: Vec<_> = missing.chain(runtimes).collect();
    Ok(if missing.is_empty() { Outcome::Passed } else { Outcome::Skipped(missing.join(", ")) })
}

fn clippy() -> Result<Outcome> {
    let command = || cargo(&["clippy", "--release", "--locked"]);
    // The library without its features, as a program may have it.
    run(command().args(["-p", "parallel-host", "--", "-D", "warnings"]))?;
    host_and_rest(command, &["--all-targets", "--", "-D", "warnings"])
}

fn clippy_guests() -> Result<Outcome> {
    let clippy =
        || cargo(&["clippy", "--release", "--locked", "--target", WASM, "-p", "parallel-guest-runtime"]);
    // First without features, and then with those that the guests use.
    run(clippy().args(["--", "-D", "warnings"]))?;
    let mut command = clippy();
    pass(of_guests(&mut command, "-p").args(["--", "-D", "warnings"]))
}

fn test() -> Result<Outcome> {
    // Without doctests, because those of the guest runtime must not run natively.
    host_and_rest(|| cargo(&["test", "--release", "--locked"]), &["--lib", "--bins", "--tests"])
}

fn wasmtime() -> Result<Outcome> {
    Ok(match compatibility::compare()? {
        Ok(compared) if compared.skipped.is_empty() => Outcome::Passed,
        Ok(compared) => Outcome::Skipped(compared.skipped.join(", ")),
        Err(why) => Outcome::Skipped(why),
    })
}

fn models() -> Result<Outcome> {
    models::check()?;
    Ok(Outcome::Passed)
}

/// The time for each target.
const FUZZ: Duration = Duration::from_secs(5);

/// Runs the fuzz targets with a fixed seed: CI must not fail by chance on an unrelated change.
fn fuzz() -> Result<Outcome> {
    fuzz::build()?;
    for target in &fuzz::TARGETS {
        if !target.run(FUZZ, 0, &[])? {
            bail!("an input of {} fails", target.name);
        }
    }
    Ok(Outcome::Passed)
}

fn soak() -> Result<Outcome> {
    fuzz::build()?;
    soak::soak(Duration::from_secs(10), 0, 2)?;
    Ok(Outcome::Passed)
}

fn doctests_host() -> Result<Outcome> {
    // With the features of the command, so that the engine is built once.
    run(&mut cargo(&[
        "test",
        "--release",
        "--locked",
        "--doc",
        "-p",
        "parallel-host",
        "--features",
        "cluster",
    ]))?;
    pass(&mut cargo(&["test", "--release", "--locked", "--doc", "-p", "parallel-cluster"]))
}

fn doctests() -> Result<Outcome> {
    let mut command = cargo(&["test", "--release", "--locked", "--doc", "-p", "parallel-guest-runtime"]);
    command.args(["--target", WASM, "--all-features"]);
    pass(&mut under_host(command)?)
}

fn test_examples() -> Result<Outcome> {
    let command = cargo(&["test", "--release", "--locked", "--bins", "-p", "examples", "--target", WASM]);
    pass(&mut under_host(command)?)
}

/// Makes the command run guest tests under the host.
fn under_host(mut command: Command) -> Result<Command> {
    // .cargo/config.toml can only name the host if cargo builds into target/.
    if command::target_dir()? != command::root().join("target") {
        let runner = format!("{} run --", command::host()?.display());
        command.env("CARGO_TARGET_WASM32_WASIP2_RUNNER", runner);
    }
    Ok(command)
}

fn doc() -> Result<Outcome> {
    let command = || {
        let mut command = cargo(&["doc", "--release", "--locked", "--no-deps"]);
        command.env("RUSTDOCFLAGS", "-D warnings");
        command
    };
    host_and_rest(command, &["--document-private-items"])
}

fn package() -> Result<Outcome> {
    package::check()?;
    Ok(Outcome::Passed)
}

fn msrv() -> Result<Outcome> {
    Ok(msrv::check()?.map_or(Outcome::Passed, Outcome::Skipped))
}

fn deny() -> Result<Outcome> {
    if !has_cargo_deny() {
        return Ok(without_cargo_deny());
    }
    pass(&mut cargo(&["deny", "--locked", "check", "bans", "licenses", "sources"]))
}

fn advisories() -> Result<Outcome> {
    if !has_cargo_deny() {
        return Ok(without_cargo_deny());
    }
    if !succeeds(&mut cargo(&["deny", "fetch", "db"])) {
        return Ok(Outcome::Skipped("the database of advisories cannot be reached from here".to_owned()));
    }
    pass(&mut cargo(&["deny", "--locked", "check", "advisories"]))
}

/// Returns whether cargo-deny is installed. It is not installed here, because it takes longer to build than
/// all the rest.
fn has_cargo_deny() -> bool {
    succeeds(&mut cargo(&["deny", "--version"]))
}

fn without_cargo_deny() -> Outcome {
    Outcome::Skipped("cargo-deny is not installed (cargo install --locked cargo-deny)".to_owned())
}

/// Runs a cargo command for the host, and then for all other native members.
///
/// In one command, features that other members enable in dependencies shared with the engine would change the
/// engine, and it would be built twice, which takes minutes.
fn host_and_rest(command: impl Fn() -> Command, options: &[&str]) -> Result<Outcome> {
    let mut host = command();
    host.args(HOST.iter().flat_map(|package| ["-p", package]));
    run(host.args(options))?;
    let mut rest = command();
    // With all features of the guest runtime, as the guests use it.
    rest.args(["--workspace", "--features", "parallel-guest-runtime/http"]);
    rest.args(HOST.iter().flat_map(|package| ["--exclude", package]));
    pass(of_guests(&mut rest, "--exclude").args(options))
}

/// Appends the guests to the command, each after this option.
fn of_guests<'a>(command: &'a mut Command, option: &str) -> &'a mut Command {
    command.args(GUESTS.iter().flat_map(|guest| [option, guest]))
}

fn pass(command: &mut Command) -> Result<Outcome> {
    run(command)?;
    Ok(Outcome::Passed)
}
