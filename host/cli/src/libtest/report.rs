//! The report in the format of the test harness: a line for each test, the output of failed tests, a summary.

use std::fmt;
use std::io::{self, Write as _};
use std::time::Duration;

use super::options::Options;

/// The exit code of the harness after a failure. Cargo expects it, and prints no more about it.
const FAILED: u8 = 101;

/// The end of one test, with what it printed.
#[derive(Debug)]
pub(super) enum Verdict {
    Passed(String),
    Failed(String),
    /// The harness's line about it, which has the reason.
    Ignored(String),
}

/// The results so far. Lines are printed in the order of the tests.
#[derive(Debug)]
pub(super) struct Report<'a> {
    tests: &'a [String],
    verdicts: Vec<Option<Verdict>>,
    /// How many lines have been printed.
    printed: usize,
    options: &'a Options,
}

impl<'a> Report<'a> {
    pub(super) fn new(tests: &'a [String], options: &'a Options) -> Self {
        print(format_args!("\nrunning {} test{}\n", tests.len(), if tests.len() == 1 { "" } else { "s" }));
        Self { tests, verdicts: tests.iter().map(|_| None).collect(), printed: 0, options }
    }

    /// Adds the end of a test, and prints the lines up to the first test that has not ended.
    pub(super) fn add(&mut self, index: usize, verdict: Verdict) {
        self.verdicts[index] = Some(verdict);
        while let Some(Some(verdict)) = self.verdicts.get(self.printed) {
            if !self.options.is_quiet {
                let name = &self.tests[self.printed];
                match verdict {
                    Verdict::Passed(_) => print(format_args!("test {name} ... ok\n")),
                    Verdict::Failed(_) => print(format_args!("test {name} ... FAILED\n")),
                    Verdict::Ignored(line) => print(format_args!("{line}\n")),
                }
            }
            self.printed += 1;
        }
    }

    /// Prints the summary, and returns the exit code. `all` is the number of tests without filters.
    pub(super) fn end(self, all: usize, took: Duration) -> u8 {
        let ended = || self.tests.iter().zip(self.verdicts.iter().flatten());
        let passed = || {
            ended().filter_map(|(name, verdict)| match verdict {
                Verdict::Passed(text) => Some((name, text)),
                _ => None,
            })
        };
        let failed = || {
            ended().filter_map(|(name, verdict)| match verdict {
                Verdict::Failed(text) => Some((name, text)),
                _ => None,
            })
        };
        if self.options.shows_output {
            let printed = passed().filter(|(_, text)| !text.is_empty()).collect::<Vec<_>>();
            outputs("successes", &printed);
        }
        let failures = failed().collect::<Vec<_>>();
        if !failures.is_empty() {
            outputs("failures", &failures);
            print(format_args!("\nfailures:\n"));
            failures.iter().for_each(|(name, _)| print(format_args!("    {name}\n")));
        }
        let (result, code) = if failures.is_empty() { ("ok", 0) } else { ("FAILED", FAILED) };
        let ignored = self.tests.len() - failures.len() - passed().count();
        print(format_args!(
            "\ntest result: {result}. {} passed; {} failed; {ignored} ignored; 0 measured; {} filtered out; \
             finished in {:.2}s\n\n",
            passed().count(),
            failures.len(),
            all.saturating_sub(self.tests.len()),
            took.as_secs_f64(),
        ));
        code
    }
}

/// Prints what each of these tests printed.
fn outputs(heading: &str, tests: &[(&String, &String)]) {
    print(format_args!("\n{heading}:\n\n"));
    tests.iter().for_each(|(name, text)| print(format_args!("---- {name} stdout ----\n{text}\n")));
}

/// Prints to stdout. The exit code matters, not whether there is a reader.
fn print(text: fmt::Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    _ = stdout.write_fmt(text).and_then(|()| stdout.flush());
}
