//! Compares figures in prose with the code, or with measured results.
//!
//! Without this test, changing a limit in the code would silently make a page wrong.

use serde_json::Value;

use super::source::{Problem, Source};

/// A figure that a page quotes from the code.
pub(crate) struct Quoted {
    pub(crate) page: &'static str,
    /// The text of the page, word for word.
    says: &'static str,
    /// The folder that contains the source.
    folder: &'static str,
    /// A part of a line in one of the sources.
    code: &'static str,
}

/// A figure that a page quotes from `bench-results/`.
pub(crate) struct Measured {
    pub(crate) page: &'static str,
    /// The text of the page, word for word.
    says: &'static str,
    /// The number in that text.
    number: f64,
    pub(crate) suite: &'static str,
    row: &'static str,
    column: &'static str,
}

const fn quoted(page: &'static str, says: &'static str, folder: &'static str, code: &'static str) -> Quoted {
    Quoted { page, says, folder, code }
}

const fn measured(
    page: &'static str,
    says: &'static str,
    number: f64,
    [suite, row, column]: [&'static str; 3],
) -> Measured {
    Measured { page, says, number, suite, row, column }
}

/// The allowed relative difference between a measured number and the rounded number of a page.
const TOLERANCE: f64 = 0.1;

const HOST: &str = "host/";
const GUEST: &str = "guest-runtime/";
const RULES: &str = "tests/it/tidy/rules.rs";

const COMMANDS: &str = "book/src/command-line.md";
const CONTRACT: &str = "book/src/contract.md";
const DATA: &str = "book/src/parallel-data.md";
const OPERATIONS: &str = "book/src/operations.md";
const PLACEMENT: &str = "book/src/placement.md";
const SLICING: &str = "docs/decisions/time-slicing.md";
const MEMORY: &str = "docs/decisions/memory.md";
const ENGINE: &str = "docs/decisions/engine.md";

pub(crate) const QUOTED: &[Quoted] = &[
    // Limits.
    quoted("book/src/messages.md", "has at most 256 MiB", HOST, "message: 256 << 20,"),
    quoted(CONTRACT, "256 MiB, `--max-message`", HOST, "message: 256 << 20,"),
    quoted(COMMANDS, "| `--max-message 1MiB` | 256 MiB |", HOST, "message: 256 << 20,"),
    quoted(COMMANDS, "| `--max-jobs 1000` | 100,000 |", HOST, "jobs: 100_000,"),
    quoted(COMMANDS, "| `--max-queued 64MiB` | 1 GiB |", HOST, "queued: 1 << 30,"),
    quoted(COMMANDS, "| `--job-memory 64MiB` | 1 GiB |", HOST, "job_memory: 1 << 30,"),
    quoted(COMMANDS, "| `--max-depth 16` | 64 |", HOST, "const DEPTH: u32 = 64;"),
    quoted(COMMANDS, "| `--grace 1s` | 100 ms |", HOST, "grace: Duration::from_millis(100),"),
    quoted(COMMANDS, "| `--slots 100` | 1,000 |", HOST, "slots: 1_000,"),
    quoted("book/src/embedding.md", "`Config::runs`, 16 by default", HOST, "runs: 16,"),
    quoted(
        "book/src/embedding.md",
        "at most 64 warm instances of all runs, 16 on",
        HOST,
        "(1_024 / cores).clamp(16, 64)",
    ),
    quoted("book/src/cost.md", "up to 64 warm instances, 16 on", HOST, "(1_024 / cores).clamp(16, 64)"),
    quoted(CONTRACT, "at most 1,024 completions", HOST, "const COMPLETIONS: usize = 1_024;"),
    quoted(CONTRACT, "16 KiB of a message or a backtrace", HOST, "const LONG: usize = 16 << 10;"),
    quoted(CONTRACT, "1 KiB of a name, 100 calls", HOST, "const CALLS: usize = 100;"),
    quoted(CONTRACT, "plus 256 bytes per `share`", HOST, "const OVERHEAD: u64 = 256;"),
    quoted(CONTRACT, "plus 64 bytes each", HOST, "const OVERHEAD: usize = 64;"),
    // Time slicing.
    quoted(
        "book/src/how-it-works.md",
        "about every 750 us",
        HOST,
        "const TICK: Duration = Duration::from_micros(750);",
    ),
    quoted(
        "host/scheduler/README.md",
        "the next tick (750 us)",
        HOST,
        "const TICK: Duration = Duration::from_micros(750);",
    ),
    quoted(OPERATIONS, "after 10 ms, if their function", HOST, "const QUANTUM: u64 = 10_000_000;"),
    quoted(OPERATIONS, "64 ms for each MiB", HOST, "const PER_MIB: u64 = 64_000_000;"),
    quoted(OPERATIONS, "at most 1 s", HOST, "const LONGEST: u64 = 1_000_000_000;"),
    quoted(SLICING, "It starts after 10 ms.", HOST, "const QUANTUM: u64 = 10_000_000;"),
    quoted(SLICING, "64 ms for each MiB", HOST, "const PER_MIB: u64 = 64_000_000;"),
    quoted(SLICING, "at most 1 s", HOST, "const LONGEST: u64 = 1_000_000_000;"),
    quoted(SLICING, "up to six times", HOST, "const MAX_DOUBLINGS: u32 = 6;"),
    quoted(
        SLICING,
        "for 200 us at a time",
        HOST,
        "const TURN: u64 = nanoseconds(Duration::from_micros(200));",
    ),
    quoted(
        SLICING,
        "as long as they did, up to 1 ms",
        HOST,
        "const LONG_TURN: u64 = nanoseconds(Duration::from_millis(1));",
    ),
    quoted(
        SLICING,
        "after at most 500 us of jobs",
        HOST,
        "const LOOK: u64 = nanoseconds(Duration::from_micros(500));",
    ),
    quoted(SLICING, "polls after 250 us", HOST, "const SLICE: Duration = Duration::from_micros(250);"),
    quoted(SLICING, "credited with at most 3 ms", HOST, "const CREDIT: u64 = 3_000_000;"),
    quoted(SLICING, "counts one sixteenth", HOST, "const MAIN_SHARE: u64 = 16;"),
    quoted(
        "docs/decisions/scheduling.md",
        "searches for 50 us",
        HOST,
        "const ALERT: u64 = nanoseconds(Duration::from_micros(50));",
    ),
    quoted("docs/decisions/scheduling.md", "One of 64 jobs", HOST, "const FAIR: usize = 64;"),
    quoted(
        "docs/decisions/cancellation.md",
        "still gets 2 ms",
        HOST,
        "const LAST_WORDS: Duration = Duration::from_millis(2);",
    ),
    // Memory.
    quoted(OPERATIONS, "1.2 MiB for its stack", HOST, "const INSTANCE: u64 = 96 << 10;"),
    quoted(ENGINE, "1 MiB of stack", HOST, "stack: 1 << 20,"),
    quoted(ENGINE, "tables of a million elements", HOST, "const TABLE_ELEMENTS: u64 = 1 << 20;"),
    quoted(ENGINE, "charges 2 KiB for each", HOST, "const CONCURRENT_HANDLE: u64 = 2 << 10;"),
    quoted(MEMORY, "at most 256 bytes is included", HOST, "const SMALL: usize = 256;"),
    quoted(MEMORY, "at most 32 MiB and a tenth", HOST, "const UNCHARGED: u64 = 32 << 20;"),
    quoted(MEMORY, "after every 8 MiB freed", HOST, "const EVERY: u64 = 8 << 20;"),
    quoted(MEMORY, "has 65 KiB of them included", HOST, "const ALLOWANCE: u64 = 65 << 10;"),
    quoted("book/src/observing.md", "The first 64 MiB are kept", HOST, "const LIMIT: usize = 64 << 20;"),
    // Files, sockets and output.
    quoted(OPERATIONS, "At most 24 such operations", HOST, "const SLOW: usize = 24;"),
    quoted("docs/decisions/files.md", "run on 8 more threads", HOST, "const SYNC: usize = 8;"),
    quoted(
        OPERATIONS,
        "notices it within about 16 ms",
        HOST,
        "const LONGEST_PAUSE: Duration = Duration::from_millis(16);",
    ),
    quoted(OPERATIONS, "a line of up to 4 KiB", HOST, "const MAX_HELD: usize = 4096;"),
    quoted(OPERATIONS, "computed for 16 to 32 ms", HOST, "const TICKS_IN_A_LINE: u32 = 16;"),
    quoted(
        OPERATIONS,
        "not taken within a second",
        HOST,
        "const LAST_WRITES: Duration = Duration::from_secs(1);",
    ),
    quoted(OPERATIONS, "Above 1 GiB, the least recently used", HOST, "const MAX_SIZE: u64 = 1 << 30;"),
    quoted(
        "book/src/network.md",
        "for up to 30 s, for up to 256 connections",
        HOST,
        "const LONGEST: Duration = Duration::from_secs(30);",
    ),
    quoted("book/src/network.md", "256 connections per instance", HOST, "const MOST: usize = 256;"),
    quoted(
        "docs/decisions/timers-and-streams.md",
        "ignores the listener for 20 ms",
        HOST,
        "const PAUSE: Duration = Duration::from_millis(20);",
    ),
    // The guest runtime.
    quoted(
        "book/src/time.md",
        "only after 200 ns times their number",
        GUEST,
        "const REST: Duration = Duration::from_nanos(200);",
    ),
    quoted(DATA, "about 25 times its overhead, at most 2 ms", GUEST, "const COSTS: f64 = 25.0;"),
    quoted(DATA, "about 25 times its overhead, at most 2 ms", GUEST, "const LONGEST: f64 = 2e6;"),
    quoted(DATA, "less than 40 us together", GUEST, "const WAKE: f64 = 40e3;"),
    quoted(DATA, "kept below 256 KiB", GUEST, "const LONGEST_MESSAGE: usize = 256 << 10;"),
    quoted(DATA, "the default is four per core", GUEST, "const JOBS_PER_CORE: usize = 4;"),
    quoted(DATA, "16 items in transit", GUEST, "const CAPACITY: usize = 16;"),
    // The rules of this repository.
    quoted("CONTRIBUTING.md", "A file has at most 500 lines", RULES, "const LONGEST_FILE: usize = 500;"),
    quoted("CONTRIBUTING.md", "a function at most 60", RULES, "const LONGEST_FUNCTION: usize = 60;"),
];

pub(crate) const MEASURED: &[Measured] = &[
    measured(
        "README.md",
        "1.97 times as fast",
        1.97,
        ["compute", "primes below 5 million: ours, 2 cores", "gain"],
    ),
    measured(OPERATIONS, "1 % in `sort`", 1.01, ["preemption", "sort of 20 million u32", "ratio"]),
    measured(OPERATIONS, "5 % in `pgzip`", 1.05, ["preemption", "pgzip of 64 MiB of text", "ratio"]),
    measured(OPERATIONS, "18 % in `mandelbrot`", 1.18, ["preemption", "mandelbrot, 1280 x 800", "ratio"]),
    measured(OPERATIONS, "28 % in `matmul`", 1.28, ["preemption", "product of 1024 x 1024 f32", "ratio"]),
    measured(
        "book/src/observing.md",
        "3 % for jobs of 18 us",
        1.03,
        ["tracing", "100,000 jobs of 18 us", "of without"],
    ),
    measured(
        "book/src/observing.md",
        "a third for empty jobs",
        1.34,
        ["tracing", "200,000 empty jobs", "of without"],
    ),
    measured(DATA, "| 1,000 | 1 us | 1.5 |", 1.0 / 1.5, ["grain", "1000 items of 1 us", "of the loop"]),
    measured(DATA, "| 10,000 | 100 us | 2.0 |", 0.5, ["grain", "10000 items of 100 us", "of the loop"]),
    measured(
        PLACEMENT,
        "all submitted at once | 22,000 | 21,000",
        22e3,
        ["placement", "2 cores, uniform: jobs of 100 us, all submitted at once: steal", "jobs/s"],
    ),
    measured(
        PLACEMENT,
        "| bursts, idle half of the time | 21 ms |",
        21.0,
        ["placement", "2 cores, bursty: jobs of 100 us, for 20 ms of every 40: steal", "p99 ms"],
    ),
];

/// Checks a figure against the code.
pub(crate) fn is_in_the_code(figure: &Quoted, page: &str, sources: &[Source]) -> Vec<Problem> {
    let Quoted { page: path, says, folder, code } = figure;
    let mut problems = Vec::new();
    if !page.contains(says) {
        problems.push(problem(
            path,
            page,
            says,
            "does not say it; change the page, or tidy/figures.rs".to_owned(),
        ));
    }
    if !sources.iter().any(|source| source.path.starts_with(folder) && source.text.contains(code)) {
        let what = format!("nothing in {folder} has `{code}`; change the page, and tidy/figures.rs");
        problems.push(problem(path, page, says, what));
    }
    problems
}

/// Checks a figure against the results of its suite.
pub(crate) fn was_measured(figure: &Measured, page: &str, results: &Value) -> Vec<Problem> {
    let Measured { page: path, says, number, suite, row, column } = figure;
    let mut problems = Vec::new();
    if !page.contains(says) {
        problems.push(problem(
            path,
            page,
            says,
            "does not say it; change the page, or tidy/figures.rs".to_owned(),
        ));
    }
    match median(results, row, column) {
        Some(median) if (median / number - 1.0).abs() <= TOLERANCE => {}
        Some(median) => {
            let what = format!("{suite}, {row}, {column}, is {median}; change the page, and tidy/figures.rs");
            problems.push(problem(path, page, says, what));
        }
        None => problems.push(problem(path, page, says, format!("{suite} has no {row}, {column}"))),
    }
    problems
}

fn problem(path: &str, page: &str, says: &str, what: String) -> Problem {
    let line = page.lines().position(|line| line.contains(says)).unwrap_or_default() + 1;
    Problem { path: path.to_owned(), line, what: format!("\"{says}\": {what}") }
}

/// Returns the median of a row and a column, by their names.
fn median(results: &Value, row: &str, column: &str) -> Option<f64> {
    let column = results["labels"].as_array()?.iter().position(|name| name == column)?;
    let row = results["rows"].as_array()?.iter().find(|known| known["what"] == row)?;
    let mut rounds: Vec<_> = row["rounds"][column].as_array()?.iter().filter_map(Value::as_f64).collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(rounds.len() / 2).copied()
}

/// Checks that lines such as `wit/world.wit:10:world parallel {` in the comment of an example are in these
/// files.
pub(crate) fn shown_lines_exist(source: &Source, read: impl Fn(&str) -> Option<String>) -> Vec<Problem> {
    let is_wrong = |shown: &str| {
        let (path, rest) = shown.split_once(':')?;
        let (number, line) = rest.split_once(':')?;
        let number: usize = number.parse().ok().filter(|_| path.contains('/') && !path.contains(' '))?;
        let text = read(path).unwrap_or_default();
        (text.lines().nth(number.checked_sub(1)?) != Some(line)).then_some(())
    };
    let comments = source.text.lines().enumerate().filter_map(|(index, line)| {
        let shown = line.strip_prefix("//! ")?;
        is_wrong(shown)?;
        Some(source.problem(index + 1, format!("there is no such line: {shown}")))
    });
    comments.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_figure_that_the_code_does_not_have_is_found() {
        let figure = quoted("a.md", "at most 3", "host/", "const MOST: u32 = 3;");
        let problems = |page: &str, path: &str, code: &str| -> Vec<usize> {
            is_in_the_code(&figure, page, &[Source::new(path, code)])
                .iter()
                .map(|problem| problem.line)
                .collect()
        };
        assert_eq!(problems("a\nat most 3\n", "host/src/b.rs", "const MOST: u32 = 3;"), [0; 0]);
        assert_eq!(problems("a\nat most 3\n", "host/src/b.rs", "const MOST: u32 = 4;"), [2]);
        assert_eq!(problems("a\nat most 3\n", "fuzz/src/b.rs", "const MOST: u32 = 3;"), [2]);
        assert_eq!(problems("a\nat most 4\n", "host/src/b.rs", "const MOST: u32 = 3;"), [1]);
    }

    #[test]
    fn a_figure_that_was_not_measured_is_found() {
        let results =
            json!({ "labels": ["x", "y"], "rows": [{ "what": "r", "rounds": [[1.0], [9.0, 2.0, 3.0]] }] });
        let problems = |number, column| {
            let figure = measured("a.md", "so much", number, ["s", "r", column]);
            was_measured(&figure, "so much", &results).len()
        };
        assert_eq!([problems(3.2, "y"), problems(3.5, "y"), problems(3.0, "z")], [0, 1, 1]);
    }

    #[test]
    fn a_line_that_is_not_there_is_found() {
        let read = |path: &str| (path == "a/b.rs").then(|| "first\nsecond\n".to_owned());
        let lines = |text: &str| -> Vec<usize> {
            let source = Source::new("examples/c.rs", text);
            shown_lines_exist(&source, read).iter().map(|problem| problem.line).collect()
        };
        let none: Vec<usize> = Vec::new();
        assert_eq!(lines("//! a/b.rs:2:second\n//! a/b.rs:2: second is a sentence.\n"), [2]);
        assert_eq!(lines("//! a/b.rs:3:third\n"), [1]);
        assert_eq!(lines("//! a/c.rs:1:first\n"), [1]);
        assert_eq!(lines("//! http://localhost:80/a: this\n//! Note: 1: two\n"), none);
    }
}
