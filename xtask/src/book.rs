//! `cargo xtask book`: copies the files that the book shows into its pages.

use std::process::ExitCode;

use anyhow::Result;

use crate::command::{self, cargo};

/// The test that compares the pages with the files, and writes them if `UPDATE_BOOK` is set.
const TEST: &str = "tidy::the_book_shows_the_files";

/// Copy the programs and other files that the book shows into its pages
///
/// A line `<!-- file: path -->` above a block names the file. A test fails as long as a page shows something else.
#[derive(clap::Args, Debug)]
pub(crate) struct Book {}

impl Book {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let mut command = cargo(&["test", "--release", "--locked", "--quiet", "-p", "tests", "--test", "it"]);
        command.args(["--", "--exact", TEST]).env("UPDATE_BOOK", "1");
        command::run(&mut command)?;
        Ok(ExitCode::SUCCESS)
    }
}
