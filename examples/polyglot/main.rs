//! Prints a table of texts with their readability and their most frequent words.
//!
//! ```text
//! $ host run polyglot.wasm --plug text.wasm --cores 8 --dir . -- book/src/cost.md book/src/time.md
//! words  sentences   ease  diversity  commonest                 text
//!   561         30   63.7       0.80  data time instance        book/src/cost.md
//!   489         25   65.0       0.77  interval tick missed      book/src/time.md
//! ```
//!
//! The figures come from another component, through `demo:text/stats` (`wit/text.wit`). It is implemented
//! in Rust (`rust/`), Python (`python/`) and JavaScript (`javascript/`), and each can be plugged. Each
//! instance of the app has its own instance of the component, so jobs run it on all cores, even if its
//! language has only one.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use std::{fs, io};

use guest_runtime::prelude::*;

use bindings::demo::text::stats::{self, Problem, Stats};

mod bindings {
    wit_bindgen::generate!({
        path: "polyglot/wit",
        world: "reader",
        // Results of jobs are messages.
        additional_derives: [serde::Deserialize, serde::Serialize],
    });
}

/// A job opens its file itself, because jobs have the grants of the app.
#[guest_runtime::parallel]
async fn analyse(path: PathBuf) -> Result<Stats, String> {
    let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
    stats::analyse(&text).map_err(|problem| match problem {
        Problem::NotText => "it is not a text".to_owned(),
        Problem::TooFewWords(words) => format!("{words} words are too few"),
    })
}

/// Adds the file at this path, or all files below it in alphabetical order.
fn collect(path: PathBuf, files: &mut Vec<PathBuf>) -> Result<(), String> {
    match entries(&path).map_err(|error| format!("{}: {error}", path.display()))? {
        None => files.push(path),
        Some(entries) => entries.into_iter().try_for_each(|entry| collect(entry, files))?,
    }
    Ok(())
}

/// Lists a directory; `None` for a file.
fn entries(path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(None);
    }
    let entries: io::Result<Vec<_>> = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect();
    let mut entries = entries?;
    entries.sort();
    Ok(Some(entries))
}

fn line(stats: &Stats, file: &Path) -> String {
    let Stats { words, sentences, syllables: _, ease, diversity, commonest } = stats;
    let commonest: Vec<_> = commonest.iter().map(|frequency| frequency.word.as_str()).collect();
    let (commonest, file) = (commonest.join(" "), file.display());
    format!("{words:>5}  {sentences:>9}  {ease:>5.1}  {diversity:>9.2}  {commonest:<24}  {file}")
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let mut files = Vec::new();
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    if let Err(error) = paths.try_for_each(|path| collect(path, &mut files)) {
        eprintln!("polyglot: {error}");
        return ExitCode::FAILURE;
    }
    if files.is_empty() {
        eprintln!("polyglot: no file to read; usage: polyglot PATH..");
        guest_runtime::exit(2);
    }

    let start = Instant::now();
    let jobs: Vec<_> = files.iter().map(|file| analyse(file.clone()).par().catch()).collect();
    let outcomes = jobs.join().await;
    let took = start.elapsed();

    println!("words  sentences   ease  diversity  {:<24}  text", "commonest");
    let mut status = ExitCode::SUCCESS;
    for (file, outcome) in files.iter().zip(outcomes) {
        match outcome.unwrap_or_else(|failure| Err(format!("the job {failure}"))) {
            Ok(stats) => println!("{}", line(&stats, file)),
            Err(error) => {
                eprintln!("polyglot: {}: {error}", file.display());
                status = ExitCode::FAILURE;
            }
        }
    }
    eprintln!("{} texts in {:.3} s", files.len(), took.as_secs_f64());
    status
}
