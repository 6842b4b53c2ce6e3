//! The development commands: `cargo xtask run`, `test`, `bench`, `fuzz`, `soak`, `map` and `book`.
//!
//! Each performs the setup that it needs, so a machine with rustup needs nothing else.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command-line tool")]

mod run;
mod test;
mod bench;
mod soak;
mod fuzz;
mod mutants;
mod map;
mod book;
mod compatibility;
mod languages;
mod packages;
mod toolchain;
mod command;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Run the examples, tests and benchmarks of this project, after setting up what they need
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Run(run::Run),
    Test(test::Test),
    Bench(bench::Bench),
    Fuzz(fuzz::Fuzz),
    Soak(soak::Soak),
    Map(map::Map),
    Book(book::Book),
}

fn main() -> ExitCode {
    let (args, app_args) = split_at_dashes(std::env::args_os());
    let result = match Cli::parse_from(args).command {
        Command::Run(run) => run.run(&app_args),
        Command::Test(test) => test.run(),
        Command::Bench(bench) => bench.run(),
        Command::Fuzz(fuzz) => fuzz.run(),
        Command::Soak(soak) => soak.run(),
        Command::Map(map) => map.run(),
        Command::Book(book) => book.run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

/// Splits the arguments at the first `--`.
///
/// clap would parse the `--` as one of the host's flags, because those may be anything.
fn split_at_dashes(args: impl Iterator<Item = OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let mut before: Vec<_> = args.collect();
    let after = match before.iter().position(|arg| arg == "--") {
        Some(dashes) => before.split_off(dashes).split_off(1),
        None => Vec::new(),
    };
    (before, after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_the_first_dashes_split() {
        let split = |args: &[&str]| split_at_dashes(args.iter().map(Into::into));
        assert_eq!(split(&["a", "b"]), (vec!["a".into(), "b".into()], vec![]));
        assert_eq!(split(&["a", "--"]), (vec!["a".into()], vec![]));
        assert_eq!(split(&["a", "--", "b", "--"]), (vec!["a".into()], vec!["b".into(), "--".into()]));
    }
}
