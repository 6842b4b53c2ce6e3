//! The command line of a program with targets.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Parser;

use crate::allocator::lift_at_panics;
use crate::campaign::{End, Place, Target, replay, run};

/// The stack of a campaign. Nested inputs are parsed by recursion, up to the length of an input.
const STACK: usize = 1 << 30;

/// A target of this program, by its name.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    name: &'static str,
    run: fn(&Options) -> io::Result<End>,
}

impl Entry {
    /// Creates an entry. The target itself is created before the first input.
    pub const fn new<T: Target + Make>(name: &'static str) -> Self {
        Self { name, run: campaign::<T> }
    }
}

/// The creation of a target, in the thread that runs it.
pub trait Make {
    /// Creates the target, with a folder for the files that it needs.
    fn make(files: &std::path::Path) -> Self;
}

/// Runs a campaign against a target, or inputs from files.
#[derive(Parser, Debug)]
struct Options {
    /// The target
    target: String,
    /// Run these inputs, and no others
    files: Vec<PathBuf>,
    /// How long to generate inputs
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration)]
    time: Duration,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The folder with a corpus for each target
    #[arg(long)]
    corpus: PathBuf,
    /// The folder for inputs that fail
    #[arg(long)]
    found: PathBuf,
}

fn campaign<T: Target + Make>(options: &Options) -> io::Result<End> {
    let place =
        Place { corpus: options.corpus.join(&options.target), found: options.found.join(&options.target) };
    std::fs::create_dir_all(&place.found)?;
    let mut target = T::make(&place.found);
    if options.files.is_empty() {
        run(&mut target, &place, options.seed, options.time)
    } else {
        replay(&mut target, &place, &options.files)
    }
}

/// Runs the command line. Returns exit code 0 if no input failed, 1 if an input failed, and 2 if the target
/// does not exist, or a file cannot be read or written.
#[must_use]
pub fn main(entries: &'static [Entry]) -> ExitCode {
    let options = Options::parse();
    let Some(entry) = entries.iter().find(|entry| entry.name == options.target) else {
        let names = entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
        tell(&format!("there is no target {}; there are {names}", options.target));
        return ExitCode::from(2);
    };
    lift_at_panics();
    let run = move || match (entry.run)(&options) {
        Ok(End::Nothing { inputs }) => {
            tell(&format!("{}: nothing wrong in {inputs} inputs (seed {})", entry.name, options.seed));
            ExitCode::SUCCESS
        }
        Ok(End::Found { file, what }) => {
            tell(&format!("{}: {what}", entry.name));
            tell(&format!("to see it again: cargo xtask fuzz {} {}", entry.name, file.display()));
            ExitCode::FAILURE
        }
        Err(error) => {
            tell(&format!("{}: {error}", entry.name));
            ExitCode::from(2)
        }
    };
    let thread = thread::Builder::new().stack_size(STACK).spawn(run);
    thread.map_or(ExitCode::from(2), |thread| thread.join().unwrap_or(ExitCode::from(2)))
}

/// Prints a line on stderr. Ignores errors, because a closed stderr has no reader.
fn tell(text: &str) {
    _ = writeln!(io::stderr(), "{text}");
}
