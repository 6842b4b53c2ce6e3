//! Counts the words in all files below a directory, one job per file, and prints the most common.
//!
//! ```text
//! $ host run wordcount.wasm --cores 8 --dir . -- guest-runtime -n 3
//!      318 the
//!      266 a
//!      239 self
//! ```
//!
//! A job opens its file itself, because jobs have the grants of the app. Only a path is sent, and only
//! counts are returned.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use guest_runtime::futures_concurrency::future::FutureGroup;
use guest_runtime::prelude::*;

type Counts = HashMap<String, u64>;

#[guest_runtime::parallel]
async fn count(path: PathBuf) -> Result<Counts, String> {
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = text.to_lowercase();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *counts.entry(word).or_default() += 1;
    }
    Ok(counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect())
}

/// Counts in a job, whose failure affects only this file.
async fn count_elsewhere(path: PathBuf) -> Result<Counts, String> {
    let name = path.display().to_string();
    count(path).par().catch().await.unwrap_or_else(|failure| Err(format!("{name}: the job {failure}")))
}

/// Adds up the counts of all files, and reports each file without a count.
async fn count_all(mut paths: impl Iterator<Item = Result<PathBuf, String>>) -> (Counts, usize) {
    // Enough jobs that no core waits for this loop, and few enough that a million files need no more
    // memory than a hundred.
    let jobs = 4 * guest_runtime::cores();
    let mut group = FutureGroup::new();
    let mut total = Counts::new();
    let mut failed = 0;
    loop {
        while group.len() < jobs
            && let Some(path) = paths.next()
        {
            group.insert(async { count_elsewhere(path?).await });
        }
        match group.next().await {
            Some(Ok(counts)) => counts.into_iter().for_each(|(word, n)| *total.entry(word).or_default() += n),
            Some(Err(error)) => {
                failed += 1;
                eprintln!("wordcount: {error}");
            }
            None => return (total, failed),
        }
    }
}

/// Lists all files below a directory, or the file itself. Symbolic links are not followed.
fn walk(root: &Path) -> impl Iterator<Item = Result<PathBuf, String>> {
    let mut unseen = vec![root.to_owned()];
    std::iter::from_fn(move || {
        while let Some(path) = unseen.pop() {
            match entries(&path) {
                Ok(None) => return Some(Ok(path)),
                Ok(Some(entries)) => unseen.extend(entries),
                Err(error) => return Some(Err(format!("{}: {error}", path.display()))),
            }
        }
        None
    })
}

fn entries(path: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(None);
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if !entry.file_type()?.is_symlink() {
            entries.push(entry.path());
        }
    }
    Ok(Some(entries))
}

/// Parses the directory and the number of words to print.
fn arguments() -> Result<(PathBuf, usize), lexopt::Error> {
    use lexopt::prelude::*;

    let mut arguments = lexopt::Parser::from_env();
    let (mut root, mut n) = (None, 20);
    while let Some(argument) = arguments.next()? {
        match argument {
            Short('n') => n = arguments.value()?.parse()?,
            Value(path) if root.is_none() => root = Some(path.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok((root.unwrap_or_else(|| ".".into()), n))
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let (root, n) = arguments().unwrap_or_else(|error| {
        eprintln!("wordcount: {error}\nusage: wordcount [-n N] [DIRECTORY]");
        guest_runtime::exit(2)
    });
    let (counts, failed) = count_all(walk(&root)).await;
    let mut counts: Vec<_> = counts.into_iter().map(|(word, count)| (Reverse(count), word)).collect();
    counts.sort_unstable();
    for (Reverse(count), word) in counts.into_iter().take(n) {
        println!("{count:>8} {word}");
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
