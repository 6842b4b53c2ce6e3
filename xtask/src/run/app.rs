//! Builds the host and an example, and creates the command that runs the example.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::command::{self, cargo};
use crate::toolchain::{self, WASM};

/// A built example, and its arguments.
pub(super) struct App<'a> {
    pub(super) host: PathBuf,
    pub(super) wasm: PathBuf,
    pub(super) args: &'a [OsString],
}

impl App<'_> {
    /// Returns the command `host run flags app.wasm args`.
    pub(super) fn command(&self, flags: &[OsString]) -> Command {
        let mut command = Command::new(&self.host);
        command.arg("run").args(flags).arg("--").arg(&self.wasm).args(self.args);
        command
    }
}

/// Builds the host and the example, and returns the example's component.
pub(super) fn build(example: &str) -> Result<PathBuf> {
    toolchain::ensure_target()?;
    if !command::host()?.exists() {
        eprintln!("building the host; wasmtime takes 6 to 15 minutes the first time, on two cores");
    }
    command::run(&mut cargo(&["build", "--release", "-p", "parallel-host-cli"]))?;
    // With only the dependencies of this example.
    let app = ["build", "--release", "--target", WASM, "-p", "examples", "--no-default-features"];
    command::run(cargo(&app).args(["--features", example, "--bin", example]))?;
    Ok(command::target_dir()?.join(WASM).join("release").join(example).with_extension("wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_stands_after_dashes() {
        let args = ["--cores".into(), "x y".into()];
        let app = App { host: "host".into(), wasm: "app.wasm".into(), args: &args };
        let command = app.command(&["--cores".into(), "8".into()]);
        let words: Vec<_> = command.get_args().collect();
        assert_eq!(words, ["run", "--cores", "8", "--", "app.wasm", "--cores", "x y"]);
    }
}
