//! Builds the programs that suites run: the host, its guests, and peers.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command::{self, cargo};
use crate::toolchain::{self, WASM};

/// The built programs: the host, its guests, and native peers.
pub(super) struct Guests {
    pub(super) host: PathBuf,
    pub(super) folder: PathBuf,
    examples: PathBuf,
}

impl Guests {
    pub(super) fn build() -> Result<Self> {
        toolchain::ensure_target()?;
        command::run(&mut cargo(&["build", "--release", "-p", "parallel-host-cli"]))?;
        let natives = ["--example", "bare_engine", "--example", "call_load"];
        let library = ["build", "--release", "-p", "parallel-host", "--features", "cluster"];
        command::run(cargo(&library).args(natives))?;
        let guests = ["build", "--release", "--target", WASM, "-p", "examples", "-p", "benches", "--bins"];
        command::run(&mut cargo(&guests))?;
        command::run(&mut cargo(&["build", "--release", "--target", WASM, "-p", "values"]))?;
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
    pub(super) fn native_peer(&self, what: &str, count: usize) -> Command {
        let mut command = self.peer("native_peers");
        command.args([what, &count.to_string()]);
        command
    }

    /// Returns the command of a native program of `benches/examples`.
    pub(super) fn peer(&self, name: &str) -> Command {
        Command::new(self.examples.join(name))
    }

    /// Returns the command `bare_engine bare.wasm what number`, which uses wasmtime without the host.
    pub(super) fn bare_engine(&self, what: &str, number: usize) -> Command {
        let mut command = self.peer("bare_engine");
        command.arg(self.folder.join("bare.wasm")).args([what, &number.to_string()]);
        command
    }

    /// Returns the command `host run [options] guest.wasm`.
    pub(super) fn command(&self, options: &[&str], guest: impl AsRef<Path>) -> Command {
        let mut command = Command::new(&self.host);
        command.arg("run").args(options).arg("--").arg(self.folder.join(guest).with_extension("wasm"));
        command
    }
}

/// Returns the folder for peers that are not built with the rest.
pub(super) fn peers_folder() -> Result<PathBuf> {
    Ok(command::target_dir()?.join("peers"))
}
