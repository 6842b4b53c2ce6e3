//! The options of the test harness that select tests and their output.

use std::num::NonZeroUsize;

/// How to run the tests of a program.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// The arguments that select tests.
    pub(super) filters: Vec<String>,
    /// `--ignored` or `--include-ignored`.
    pub(super) ignored: Option<String>,
    pub(super) threads: Option<NonZeroUsize>,
    /// Whether to show what tests print that pass.
    pub(super) shows_output: bool,
    /// Whether to leave out the line of each test.
    pub(super) is_quiet: bool,
}

impl Options {
    /// Parses the arguments of the program. Returns `None` if one is not such an option.
    pub(super) fn parse(args: &[String]) -> Option<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let (name, value) = arg.split_once('=').map_or((arg.as_str(), None), |(n, v)| (n, Some(v)));
            let mut value = || value.map(str::to_owned).or_else(|| args.next().cloned());
            match name {
                "--exact" => options.filters.push(arg.clone()),
                "--skip" => options.filters.extend([name.to_owned(), value()?]),
                "--ignored" | "--include-ignored" => options.ignored = Some(arg.clone()),
                "--test-threads" => options.threads = Some(value()?.parse().ok()?),
                "--nocapture" | "--no-capture" | "--show-output" => options.shows_output = true,
                "-q" | "--quiet" => options.is_quiet = true,
                // Nothing here has a colour.
                "--color" => _ = value()?,
                _ if name.starts_with('-') => return None,
                _ => options.filters.push(arg.clone()),
            }
        }
        options.filters.extend(options.ignored.clone());
        Some(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Option<Options> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn filters_are_those_of_the_harness() {
        let options = parse("a::b --skip c --skip=d --exact -q --test-threads=3 --color always").unwrap();
        assert_eq!(options.filters, ["a::b", "--skip", "c", "--skip", "d", "--exact"]);
        assert_eq!((options.threads, options.is_quiet), (NonZeroUsize::new(3), true));
        let options = parse("--ignored --nocapture").unwrap();
        assert_eq!((options.filters, options.shows_output), (vec!["--ignored".to_owned()], true));
        assert_eq!(parse(""), Some(Options::default()));
    }

    #[test]
    fn everything_else_is_for_the_harness() {
        for line in ["--list", "--format json", "--help", "--bench", "--test-threads 0", "--skip", "-Z x"] {
            assert_eq!(parse(line), None, "{line}");
        }
    }
}
