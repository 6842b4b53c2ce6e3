//! The goals of this project, and whether they are met: the first table of `BENCHMARKS.md`.
//!
//! A target is a figure of a suite, or the ratio of two figures. A suite without results is shown as not
//! measured.

use anyhow::{Context as _, Result};

use super::results::{self, Results};

/// A goal.
#[derive(Clone, Copy)]
struct Target {
    /// The description of the figure.
    what: &'static str,
    suite: &'static str,
    figure: Figure,
    /// The figure by which it is divided, for a ratio.
    over: Option<Figure>,
    bound: Bound,
    /// The unit of the number.
    unit: &'static str,
}

/// The ids of a row and a column of the results.
type Figure = (&'static str, &'static str);

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};

const OURS: &str = "ours";
const TIMES: &str = "times";

static TARGETS: &[Target] = &[
    ratio(
        "an empty job in a join of 100,000, relative to a tokio task",
        "dispatch",
        ("100000/2/warm", OURS),
        ("100000/2/warm", "tokio"),
        AtMost(1.5),
    ),
    ratio(
        "a job in a fresh instance, 1 core, relative to a bare engine",
        "dispatch",
        ("1000/1/fresh", OURS),
        ("1000/1/fresh", "bare"),
        AtMost(1.3),
    ),
    ratio(
        "a job in a fresh instance, 2 cores, relative to a bare engine",
        "dispatch",
        ("1000/2/fresh", OURS),
        ("1000/2/fresh", "bare"),
        AtMost(1.3),
    ),
    ratio(
        "jobs awaited one at a time, relative to calls of a bare engine",
        "dispatch",
        ("1/2/warm", OURS),
        ("1/2/warm", "bare"),
        AtMost(4.0),
    ),
    ratio(
        "two jobs when all cores sleep, relative to a thread round trip",
        "wake",
        ("asleep/jobs", "median"),
        ("asleep/threads", "median"),
        AtMost(1.3),
    ),
    plain("two jobs while the cores are awake", "wake", ("busy/jobs", "median"), AtMost(5.0), "us"),
    ratio(
        "1 MiB to a job, relative to the speed of two memcpys",
        "messages",
        ("1048576/take", "memcpy"),
        ("1048576/take", OURS),
        AtLeast(0.6),
    ),
    ratio(
        "64 MiB to a job, relative to the speed of two memcpys",
        "messages",
        ("67108864/take", "memcpy"),
        ("67108864/take", OURS),
        AtLeast(0.6),
    ),
    plain("a job that has not started", "memory", ("waiting", "resident"), AtMost(1.0), "KiB"),
    plain("a job that waits", "memory", ("suspended", "resident"), AtMost(64.0), "KiB"),
    ratio(
        "a std program that prints hello, relative to wasmtime",
        "start",
        ("std", OURS),
        ("std", "wasmtime"),
        AtMost(1.0),
    ),
    ratio(
        "an app with a component in Python, relative to wasmtime",
        "start",
        ("python", OURS),
        ("python", "wasmtime"),
        AtMost(1.0),
    ),
    plain("10,000 sleeps, over the ideal", "sleeps", ("10000/0", OURS), AtMost(5.0), "ms"),
    plain(
        "10,000 sleeps with as many deadlines, over the ideal",
        "sleeps",
        ("10000/100", OURS),
        AtMost(5.0),
        "ms",
    ),
    plain(
        "a timer beside jobs of 300 us, 1 core",
        "lateness",
        ("ours/300/1/timer", "p99"),
        AtMost(2.0),
        "ms",
    ),
    plain(
        "a timer beside jobs of 3 ms, 2 cores",
        "lateness",
        ("ours/3000/2/timer", "p99"),
        AtMost(2.0),
        "ms",
    ),
    plain(
        "an answer beside jobs of 300 us, 2 cores",
        "lateness",
        ("ours/300/2/answer", "p99"),
        AtMost(2.0),
        "ms",
    ),
    plain("primes on 2 cores", "compute", ("primes/ours/2", "gain"), AtLeast(1.9), TIMES),
    plain("mandelbrot on 2 cores", "compute", ("mandelbrot/ours/2", "gain"), AtLeast(1.9), TIMES),
    plain("pgzip on 2 cores", "compute", ("pgzip/ours/2", "gain"), AtLeast(1.9), TIMES),
    ratio(
        "primes on 2 cores, relative to native rayon",
        "compute",
        ("primes/ours/2", "time"),
        ("primes/native/rayon/2", "time"),
        AtMost(1.5),
    ),
    plain("primes with preemption", "preemption", ("primes", "ratio"), AtMost(1.08), TIMES),
    plain("mandelbrot with preemption", "preemption", ("mandelbrot", "ratio"), AtMost(1.08), TIMES),
    plain("pgzip with preemption", "preemption", ("pgzip", "ratio"), AtMost(1.08), TIMES),
    plain("sort with preemption", "preemption", ("sort", "ratio"), AtMost(1.08), TIMES),
    plain("matmul with preemption", "preemption", ("matmul", "ratio"), AtMost(1.08), TIMES),
    ratio(
        "a typed call of 10 us, 2 cores, relative to a bare engine",
        "calls",
        ("typed/10000/2", OURS),
        ("typed/10000/2", "bare"),
        AtMost(1.5),
    ),
    ratio("host map of 100 us on 2 cores", "calls", ("map/1", OURS), ("map/2", OURS), AtLeast(1.9)),
    ratio("Python on 2 cores", "polyglot", ("python", "one-core"), ("python", "two-cores"), AtLeast(1.7)),
];

const fn ratio(
    what: &'static str,
    suite: &'static str,
    figure: Figure,
    over: Figure,
    bound: Bound,
) -> Target {
    Target { what, suite, figure, over: Some(over), bound, unit: TIMES }
}

const fn plain(
    what: &'static str,
    suite: &'static str,
    figure: Figure,
    bound: Bound,
    unit: &'static str,
) -> Target {
    Target { what, suite, figure, over: None, bound, unit }
}

/// Returns the table of all targets, from the stored results.
///
/// # Errors
///
/// Fails if results cannot be read, or if they lack a figure.
pub(crate) fn table() -> Result<String> {
    let mut text = "| target | goal | result | |\n| --- | ---: | ---: | --- |\n".to_owned();
    for target in TARGETS {
        text += &target.line(results::read(target.suite)?.as_ref())?;
    }
    Ok(text)
}

impl Target {
    fn line(self, results: Option<&Results>) -> Result<String> {
        let Self { what, suite, bound, unit, .. } = self;
        let wanted = match bound {
            AtMost(bound) => format!("at most {bound} {unit}"),
            AtLeast(bound) => format!("at least {bound} {unit}"),
        };
        let reached = results.map(|results| self.reached(results)).transpose()?.flatten();
        let (reached, verdict) = match reached {
            None => ("–".to_owned(), "not measured"),
            Some(reached) if bound.holds(reached) => (format!("{reached:.2} {unit}"), "met"),
            Some(reached) => (format!("{reached:.2} {unit}"), "**not met**"),
        };
        // A suite without results has no heading.
        let suite = if results.is_some() { format!("[{suite}](#{suite})") } else { suite.to_owned() };
        Ok(format!("| {suite}: {what} | {wanted} | {reached} | {verdict} |\n"))
    }

    /// Returns the result; `None` if a figure was not measured.
    fn reached(self, results: &Results) -> Result<Option<f64>> {
        let figure = |(row, column): Figure| {
            let median = results.median(row, column);
            median.with_context(|| {
                format!(
                    "a target is about `{row}`, {column}, and what was found of {} has no such number: \
                     measure it again, or change xtask/src/bench/targets.rs",
                    self.suite
                )
            })
        };
        let over = self.over.map_or(Ok(Some(1.0)), figure)?;
        Ok(figure(self.figure)?.zip(over).map(|(reached, over)| reached / over))
    }
}

impl Bound {
    fn holds(self, reached: f64) -> bool {
        match self {
            AtMost(bound) => reached <= bound,
            AtLeast(bound) => reached >= bound,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::SUITES;
    use crate::bench::results::Row;

    fn results() -> Results {
        let names = ["ours", "theirs"];
        let row = Row::figures("a row in words", [3.0, 2.0], [None; 2]).with_id("a-row");
        Results::of_figures("about", "us", &["ours in words", "theirs"], vec![row]).with_columns(names)
    }

    const RATIO: Target = ratio("this", "a-suite", ("a-row", "ours"), ("a-row", "theirs"), AtMost(1.5));

    #[test]
    fn a_target_is_met_not_met_or_not_measured() {
        let line = |target: Target| target.line(Some(&results())).unwrap();
        let met = "| [a-suite](#a-suite): this | at most 1.5 times | 1.50 times | met |\n";
        assert_eq!(line(RATIO), met);
        assert!(line(Target { bound: AtMost(1.4), ..RATIO }).ends_with("| **not met** |\n"));
        assert!(line(Target { bound: AtLeast(1.6), ..RATIO }).ends_with("| **not met** |\n"));
        let alone = plain("this", "a-suite", ("a-row", "ours"), AtLeast(3.0), "us");
        assert!(line(alone).ends_with("| at least 3 us | 3.00 us | met |\n"));
        assert!(RATIO.line(None).unwrap().ends_with("| – | not measured |\n"));
        let mut without_peer = results();
        without_peer.rows[0].rounds[1].clear();
        assert!(RATIO.line(Some(&without_peer)).unwrap().ends_with("| – | not measured |\n"));
    }

    #[test]
    fn a_figure_that_is_not_there_is_an_error() {
        let other = Target { figure: ("another-row", "ours"), ..RATIO };
        let error = other.line(Some(&results())).unwrap_err().to_string();
        assert!(error.starts_with("a target is about `another-row`, ours"), "{error}");
    }

    /// The files in `bench-results/` contain each figure that a target names.
    #[test]
    fn recorded_results_have_all_figures() {
        let table = table().unwrap();
        assert_eq!(table.lines().count(), 2 + TARGETS.len(), "{table}");
    }

    #[test]
    fn all_targets_are_of_suites() {
        for target in TARGETS {
            assert!(SUITES.iter().any(|suite| suite.name == target.suite), "{}", target.suite);
        }
    }
}
