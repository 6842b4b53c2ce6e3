//! Prints the lines that match a pattern in all files below a directory, in the order of the files, like
//! `grep -r`.
//!
//! ```text
//! $ host run grep.wasm --cores 8 --dir . -- -n 'interface jobs' wit
//! wit/jobs.wit:10:interface jobs {
//! ```
//!
//! There are three stages with backpressure. The walk is an iterator. Jobs determine the sizes of files,
//! which are then cut into pieces. Jobs search the pieces, and their results are a stream in the order of
//! the walk. So a tree of any size prints immediately and needs constant memory, a large file is searched
//! on all cores, and line numbers are known when a piece is printed. `--first` drops the stream, which
//! cancels everything in flight.
//!
//! A pattern is a regular expression [of the regex crate](https://docs.rs/regex/#syntax). Links are
//! followed if they are arguments, but not below a directory. A file with a NUL byte in its first 32 KiB
//! is binary and is skipped.

#![expect(clippy::print_stderr, reason = "a program's output")]

mod walk;
mod search;
mod print;

use std::path::PathBuf;
use std::process::ExitCode;

use guest_runtime::futures_lite::stream;
use guest_runtime::prelude::*;

use print::{Printer, Wanted};
use search::Search;

const USAGE: &str = "usage: grep [--first] [-i] [-n] [-l|-c] PATTERN [PATH..]";

struct Arguments {
    search: Search,
    wanted: Wanted,
    /// Whether to stop at the first match.
    first: bool,
    /// The paths to search; the current directory of the app if empty.
    paths: Vec<PathBuf>,
}

fn arguments() -> Result<Arguments, lexopt::Error> {
    use lexopt::prelude::*;

    let (mut first, mut ignore_case, mut numbers, mut names, mut counts) = Default::default();
    let (mut pattern, mut paths) = (None, Vec::new());
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("first") => first = true,
            Short('i') => ignore_case = true,
            Short('n') => numbers = true,
            Short('l') => names = true,
            Short('c') => counts = true,
            Value(value) if pattern.is_none() => pattern = Some(value.string()?),
            Value(path) => paths.push(path.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    let wanted = match (names, counts) {
        (false, false) => Wanted::Lines { numbers },
        (true, false) => Wanted::Names,
        (false, true) if !first => Wanted::Counts,
        (false, true) => return Err("--first finds one line, and -c counts them all".into()),
        (true, true) => return Err("either names, -l, or counts, -c".into()),
    };
    let pattern = pattern.ok_or("which pattern?")?;
    let search = Search {
        pattern,
        ignore_case,
        one: first || wanted == Wanted::Names,
        lines: matches!(wanted, Wanted::Lines { .. }),
        numbers: wanted == Wanted::Lines { numbers: true },
    };
    search.check()?;
    Ok(Arguments { search, wanted, first, paths })
}

/// Searches everything, and prints in the order of the walk.
///
/// # Errors
///
/// If a job fails, or the output cannot be written; the rest is not searched.
async fn grep(arguments: &Arguments, printer: &mut Printer) -> Result<(), String> {
    let files = walk::walk(&arguments.paths).par_bridge().par_map(walk::measure).stream().catch();
    let files = files.map(|file| file.unwrap_or_else(|failure| Err(format!("a job {failure}"))));
    let pieces = files.flat_map(|file| stream::iter(walk::pieces(file)));
    let mut found = pieces.par_bridge().lending(&arguments.search).par_map(search::search).stream().catch();
    while let Some(outcome) = found.next().await {
        match outcome.map_err(|failure| format!("a job {failure}"))? {
            Ok(found) => printer.print(&found)?,
            Err(error) => printer.complain(&error),
        }
        if arguments.first && printer.matched {
            break;
        }
    }
    Ok(())
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let arguments = arguments().unwrap_or_else(|error| {
        eprintln!("grep: {error}; {USAGE}");
        guest_runtime::exit(2)
    });
    let mut printer = Printer::new(arguments.wanted);
    if let Err(error) = grep(&arguments, &mut printer).await {
        printer.complain(&error);
    }
    match (printer.failed, printer.matched) {
        (true, _) => guest_runtime::exit(2),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    }
}
