//! `cargo xtask map`: prints the map of the modules, and writes it into the architecture page.

use std::process::ExitCode;

use anyhow::Result;

use crate::command::{self, cargo};

/// The test that compares the page with the modules, and writes it if `UPDATE_MAP` is set.
const TEST: &str = "tidy::the_architecture_shows_the_map";

/// Print the map of the modules, and write it into the architecture page
///
/// It shows each module of the libraries and the command, what it is, and which others it imports. A test fails as
/// long as the page shows another.
#[derive(clap::Args, Debug)]
pub(crate) struct Map {}

impl Map {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut command = cargo(&["test", "--release", "--locked", "--quiet", "-p", "tests", "--test", "it"]);
        command.args(["--", "--exact", TEST, "--nocapture"]).env("UPDATE_MAP", "1");
        command::run(&mut command)?;
        Ok(ExitCode::SUCCESS)
    }
}
