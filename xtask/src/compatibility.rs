//! The comparison with wasmtime: programs do the same under `host run` as under `wasmtime run`.
//!
//! Each row of the table is a line of shell in which `run` is the command of either host. Both run in a fresh
//! directory, and must agree in exit code, stdout, stderr and the files that they leave. A row may name a
//! difference that is intended; then the two must differ, so that the list stays true.

mod table;
mod row;
mod case;
mod command;
mod options;
mod programs;

use std::fmt;

use anyhow::{Context as _, Result, ensure};

use crate::languages;
use case::{Fixtures, Outcome};
use command::Command;
use programs::Programs;
use row::Row;

/// The rows that were compared, and those that were not.
#[derive(Debug)]
pub(crate) struct Compared {
    agree: usize,
    differ: usize,
    /// Why rows were left out.
    pub(crate) skipped: Vec<String>,
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { agree, differ, skipped } = self;
        write!(f, "{agree} command lines agree, {differ} differ as intended")?;
        skipped.iter().try_for_each(|why| write!(f, "; skipped: {why}"))
    }
}

/// Compares all rows whose programs are there.
///
/// # Errors
///
/// Fails if a row differs that should not, or agrees although a difference is listed. Names all such rows.
pub(crate) fn compare() -> Result<std::result::Result<Compared, String>> {
    let stock = match languages::stock_wasmtime() {
        Ok(stock) => stock,
        Err(why) => return Ok(Err(format!("wasmtime cannot be installed: {why:#}"))),
    };
    options::check(&stock)?;
    let commands = [
        Command {
            name: "wasmtime",
            path: stock,
            options: "-C cache=y",
            message_prefixes: &["Error: failed to "],
        },
        Command {
            name: "host",
            path: crate::command::host()?,
            options: "",
            message_prefixes: &["error: ", "warning: "],
        },
    ];
    let programs = Programs::find()?;
    let fixtures = Fixtures::create(&languages::folder()?.join("fixtures"))?;
    let mut compared = Compared { agree: 0, differ: 0, skipped: programs.missing.clone() };
    let mut wrong = Vec::new();
    for row in table::ROWS.iter().filter(|row| programs.has_all_of(row.line)) {
        let [theirs, ours] = run_both(&commands, row, &programs, &fixtures)?;
        match (theirs.difference(&ours), row.differs) {
            (None, None) => compared.agree += 1,
            (Some(_), Some(_)) => compared.differ += 1,
            (Some(difference), None) => wrong.push(format!("{}\n{difference}", row.line)),
            (None, Some(why)) => {
                wrong.push(format!("{}\nagrees, but a difference is listed: {why}", row.line))
            }
        }
    }
    wrong.iter().for_each(|text| eprintln!("\n{text}"));
    ensure!(
        wrong.is_empty(),
        "{} of {} command lines",
        wrong.len(),
        compared.agree + compared.differ + wrong.len()
    );
    eprintln!("{compared}");
    Ok(Ok(compared))
}

/// Runs one row under both commands.
fn run_both(
    commands: &[Command; 2],
    row: &Row,
    programs: &Programs,
    fixtures: &Fixtures,
) -> Result<[Outcome; 2]> {
    let run = |command: &Command| {
        let folder = languages::folder()?.join("compared").join(command.name);
        case::run(command, row.line, programs, fixtures, &folder)
            .with_context(|| format!("{} cannot run `{}`", command.name, row.line))
    };
    let [theirs, ours] = commands;
    Ok([run(theirs)?, run(ours)?])
}
