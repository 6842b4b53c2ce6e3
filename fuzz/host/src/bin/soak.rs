//! Random load on one host: figures on stdout, and an error if something is lost or grows.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a command-line tool")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fuzz_host::{Options, soak};

/// Runs a soak test on a host.
#[derive(Parser, Debug)]
struct Cli {
    /// Duration
    #[arg(long, default_value = "10m", value_parser = humantime::parse_duration)]
    time: Duration,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Number of cores of the host
    #[arg(long, default_value_t = 2)]
    cores: usize,
    /// Folder for files
    #[arg(long)]
    files: PathBuf,
}

fn main() -> ExitCode {
    let Cli { time, seed, cores, files } = Cli::parse();
    let soaked = std::fs::create_dir_all(&files).map_err(|error| format!("{}: {error}", files.display()));
    match soaked.and_then(|()| soak(Options { time, seed, cores }, &files)) {
        Ok(figures) => {
            println!("{}", figures.to_json());
            match figures.check() {
                Ok(()) => return ExitCode::SUCCESS,
                Err(what) => eprintln!("the host grows: {what}"),
            }
        }
        Err(what) => eprintln!("{what}"),
    }
    eprintln!("to see it again: cargo xtask soak --time {}s --seed {seed} --cores {cores}", time.as_secs());
    ExitCode::FAILURE
}
