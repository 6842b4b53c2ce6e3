//! `cargo xtask fuzz`: runs random inputs against a target until one fails or the time is over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};

use crate::command::{self, cargo};
use crate::mutants::{Build, HOST_BUILD, Mutant};
use crate::toolchain::{self, WASM};

/// A fuzz target: its program, and its name.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    package: &'static str,
    what: &'static str,
    mutants: Build,
}

const GUEST: &str = "fuzz-guest";
const HOST: &str = "fuzz-host";

pub(crate) static TARGETS: [Target; 6] = [
    Target {
        name: "messages",
        package: GUEST,
        what: "what arrives as a message is the value, or an error",
        mutants: Build {
            sources: &["guest-runtime/src/"],
            packages: &["parallel-guest-runtime", GUEST],
            programs: &["-p", GUEST],
        },
    },
    Target {
        name: "resp",
        package: GUEST,
        what: "what a client of mini-redis sends",
        mutants: Build { sources: &["examples/mini-redis/"], packages: &[GUEST], programs: &["-p", GUEST] },
    },
    Target {
        name: "commands",
        package: HOST,
        what: "command lines, of which one in 500 is run",
        // The parser of the command line is compiled into the target, so the host need not be rebuilt.
        mutants: Build { sources: &["host/cli/src/"], packages: &[HOST], programs: &["-p", HOST] },
    },
    Target {
        name: "component",
        package: HOST,
        what: "files that are loaded, inspected, composed and run",
        mutants: HOST_BUILD,
    },
    Target {
        name: "contract",
        package: HOST,
        what: "the contract, called in any order by main and jobs",
        mutants: HOST_BUILD,
    },
    Target {
        name: "http",
        package: HOST,
        what: "what a server answers to a guest",
        // The engine's crate parses the response of the server, and the guest runtime parses its content.
        mutants: Build {
            sources: &["guest-runtime/src/"],
            packages: &["parallel-guest-runtime"],
            programs: &["--target", WASM, "-p", "programs", "--bin", "http_answers"],
        },
    },
];

/// How long a target may take to find a mutant.
const MUTANT: Duration = Duration::from_secs(60);

/// Run random inputs against a target until one fails or the time is over
///
/// An input that fails is stored in target/fuzz, with the command that repeats it. The same seed generates the
/// same inputs. The targets are in fuzz/.
///
/// With --mutants, each bug of fuzz/mutants is planted in a copy of the sources, and its target has to find it
/// within a minute. Mutants of the host take some minutes more to build.
#[derive(clap::Args, Debug)]
pub(crate) struct Fuzz {
    /// Target: messages, resp, commands, component, contract or http
    #[arg(value_name = "TARGET", value_parser = target, required_unless_present = "mutants")]
    target: Option<&'static Target>,
    /// Run only the inputs in these files
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Time limit, such as 60s or 8h
    #[arg(long, default_value = "60s", value_parser = time)]
    time: Duration,
    /// Seed of the random numbers [default: a different one each time]
    #[arg(long)]
    seed: Option<u64>,
    /// Plant bugs, and show that this target or each of them finds its own
    #[arg(long, conflicts_with_all = ["files", "seed", "time"])]
    mutants: bool,
}

impl Fuzz {
    /// Runs the target. Returns exit code 0 if nothing was found, and 1 if an input fails.
    ///
    /// # Errors
    ///
    /// With `--mutants`, fails if one is not found.
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.target {
            Some(Target { package: GUEST, .. }) => build_guest()?,
            Some(_) => build_host()?,
            None => build()?,
        }
        let Some(target) = self.target.filter(|_| !self.mutants) else {
            let mut all =
                TARGETS.iter().filter(|target| self.target.is_none_or(|only| only.name == target.name));
            all.try_for_each(Target::find_mutants)?;
            return Ok(ExitCode::SUCCESS);
        };
        let now = || SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.subsec_nanos().into());
        let seed = self.seed.unwrap_or_else(now);
        let is_right = target.run(self.time, seed, &self.files)?;
        Ok(if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// Builds the host, the guests that the targets run, and the targets.
pub(crate) fn build() -> Result<()> {
    build_host()?;
    build_guest()
}

/// Builds the host, the guests, the targets, and the soak test.
pub(crate) fn build_host() -> Result<()> {
    toolchain::ensure_target()?;
    command::run(&mut cargo(&["build", "--release", "--locked", "-p", "parallel-host-cli", "-p", HOST]))?;
    command::run(&mut cargo(&["build", "--release", "--locked", "--target", WASM, "-p", "programs"]))
}

fn build_guest() -> Result<()> {
    command::run(&mut cargo(&["build", "--release", "--locked", "-p", GUEST]))
}

impl Target {
    /// Runs inputs from this seed for this time, or those in files. Returns whether none fails.
    pub(crate) fn run(&self, time: Duration, seed: u64, files: &[PathBuf]) -> Result<bool> {
        self.run_in(&command::target_dir()?, time, seed, files)
    }

    /// Checks that this target finds each bug that is planted for it.
    pub(crate) fn find_mutants(&self) -> Result<()> {
        for mutant in self.own_mutants()? {
            let target = mutant.build(&self.mutants)?;
            let begun = Instant::now();
            if self.run_in(&target, MUTANT, 0, &[])? {
                bail!("{} does not find the mutant {}", self.name, mutant.name);
            }
            eprintln!("{} is found after {:.1} s", mutant.name, begun.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// Returns the mutants that this target has to find.
    fn own_mutants(&self) -> Result<Vec<Mutant>> {
        let mut mutants = Mutant::of("fuzz")?;
        mutants.retain(|mutant| mutant.test == self.name);
        Ok(mutants)
    }

    /// Runs the target with the programs of this target folder.
    fn run_in(&self, target: &Path, time: Duration, seed: u64, files: &[PathBuf]) -> Result<bool> {
        let found = target.join("fuzz");
        eprintln!("{}: {}", self.name, self.what);
        let mut command = Command::new(target.join("release").join(self.package));
        command.arg(self.name).args(["--time", &format!("{}ms", time.as_millis())]);
        command.args(["--seed", &seed.to_string()]);
        command.arg("--corpus").arg(command::root().join("fuzz/corpus")).arg("--found").arg(&found);
        let status = command.args(files).status().with_context(|| format!("cannot run {}", self.package))?;
        // Without an exit code, an input ended the process by a signal.
        if status.code().is_none() {
            eprintln!("{}: an input ends the process ({status})", self.name);
            self.keep(&found.join(self.name))?;
        }
        match status.code() {
            Some(2..) => bail!("{} does not run ({status})", self.name),
            code => Ok(code == Some(0)),
        }
    }

    /// Stores the input that ran when the process ended.
    fn keep(&self, folder: &Path) -> Result<()> {
        let since = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis());
        let (running, kept) = (folder.join("running"), folder.join(format!("ended-{since}")));
        fs::rename(&running, &kept).with_context(|| format!("cannot keep {}", running.display()))?;
        eprintln!("to see it again: cargo xtask fuzz {} {}", self.name, kept.display());
        Ok(())
    }
}

/// Returns the target with this name.
fn target(name: &str) -> Result<&'static Target, String> {
    TARGETS.iter().find(|target| target.name == name).ok_or_else(|| {
        let names = TARGETS.iter().map(|target| target.name).collect::<Vec<_>>().join(", ");
        format!("the targets are: {names}")
    })
}

/// Parses a time such as `90s`, `10m` or `8h`.
pub(crate) fn time(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("a time is written as 90s, 10m or 8h".to_owned()),
    };
    let number = digits.parse::<u32>().map_err(|error| format!("{error}; as in 90s, 10m or 8h"))?;
    Ok(Duration::from_secs(u64::from(number) * unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(time("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(time("10m"), Ok(Duration::from_secs(600)));
        assert_eq!(time("8h"), Ok(Duration::from_secs(28_800)));
        assert!(time("10").is_err() && time("s").is_err() && time("1d").is_err());
    }

    /// A target needs a corpus to start from.
    #[test]
    fn each_target_has_a_corpus() {
        for target in &TARGETS {
            let corpus = command::root().join("fuzz/corpus").join(target.name);
            assert!(fs::read_dir(corpus).unwrap().count() > 0, "{}", target.name);
        }
    }

    #[test]
    fn each_target_has_mutants() {
        for target in &TARGETS {
            let mutants = target.own_mutants().unwrap();
            assert!(!mutants.is_empty(), "{}", target.name);
            mutants.iter().for_each(|mutant| mutant.check_changes(target.mutants.sources).unwrap());
        }
        for mutant in Mutant::of("fuzz").unwrap() {
            assert!(target(&mutant.test).is_ok(), "{}", mutant.name);
        }
    }
}
