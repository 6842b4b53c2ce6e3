//! `cargo xtask run`: builds the host and an example, runs it, and reports the speedup.

mod flags;
mod input;
mod compare;
pub(crate) mod polyglot;
mod app;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};
use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::command;

use app::App;
use input::Input;

/// Run an example, and compare its time with that on one core
///
/// Builds the host and this example, then runs
///
///     host run [HOST FLAGS] EXAMPLE.wasm [APP ARGS]
///
/// in the current directory. The host contains wasmtime, which takes 6 to 15 minutes to build on two cores,
/// once. If the app succeeds, it is run twice more with its output
/// discarded: once with the same flags, and once with --cores 1. The wall times of these two are
/// printed on stderr. The first run is not timed, because it may have to compile the app for this
/// machine.
///
/// What the app read from a pipe or a file, up to 256 MiB, is passed to it again. What it read
/// from a terminal is not. Files that it may write (--dir) are written again.
#[derive(clap::Args, Debug)]
#[command(
    override_usage = "cargo xtask run [--once] EXAMPLE [HOST FLAGS] [-- APP ARGS]",
    verbatim_doc_comment,
    after_help = "Examples:\n  cargo xtask run primes --cores 8\n  \
                  cargo xtask run --once primes -- 1000\n  \
                  cargo xtask run primes --dir . --cores 4 -- 1000"
)]
pub(crate) struct Run {
    /// Name of a file or folder of examples/, without .rs
    example: String,
    /// Run the app only once, without a comparison
    #[arg(long)]
    once: bool,
    /// Flags of `host run`, such as --cores 8; `host run --help` lists them
    #[arg(value_name = "HOST FLAGS", trailing_var_arg = true, allow_hyphen_values = true)]
    host_flags: Vec<OsString>,
}

impl Run {
    /// Runs the command. Returns the exit code of the app's first run, or 2 if there was none.
    pub(crate) fn run(self, app_args: &[OsString]) -> Result<ExitCode> {
        let examples = examples(&command::root().join("examples"))?;
        if !examples.contains(&self.example) {
            let examples = examples.join(", ");
            anyhow::bail!("there is no example `{}`; there are: {examples}", self.example);
        }
        let (once, flags) = flags::take_once(self.host_flags);
        if self.example == "polyglot" {
            return polyglot::polyglot(flags, app_args);
        }
        let app = App { host: command::host()?, wasm: app::build(&self.example)?, args: app_args };
        let input = Input::of_this_process();

        let start = Instant::now();
        let status = input.run_live(app.command(&flags)).context("cannot start the host")?;
        let wall = start.elapsed();
        if status.success() && !(self.once || once) {
            if flags::cores(&flags) == Some(1) {
                eprintln!("{}", compare::side(1, wall));
            } else {
                eprintln!("{}", compare::report(&app, &flags, input)?);
            }
        }
        Ok(exit_code(status))
    }
}

/// Returns the examples of this folder in alphabetical order: files, and folders with a `main.rs`.
fn examples(folder: &Path) -> Result<Vec<String>> {
    let what = || format!("cannot list {}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(what)? {
        let path = entry.with_context(what)?.path();
        if path.join("main.rs").exists() || path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

/// Returns the exit code of a process, as a shell reports it.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).map_or(ExitCode::FAILURE, ExitCode::from);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_files_and_folders() {
        let names = examples(&command::root().join("examples")).unwrap();
        assert!(names.contains(&"primes".to_owned()) && !names.contains(&"Cargo".to_owned()), "{names:?}");
        // The folder `src` contains this program.
        assert_eq!(examples(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap(), ["src"]);
    }

    /// The feature of the example, which enables only its own dependencies.
    #[test]
    fn examples_are_features() {
        let folder = command::root().join("examples");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for example in examples(&folder).unwrap() {
            assert!(manifest.contains(&format!("\n{example} = [")), "{example}");
        }
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let error = format!("{:#}", examples(Path::new("no/such/folder")).unwrap_err());
        assert!(error.starts_with("cannot list no/such/folder: "), "{error}");
    }
}
