//! The cost of an empty job, from its start to its value, compared with tasks, threads and calls of a bare
//! engine.

use std::process::Command;

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 3;

const BATCHES: [usize; 4] = [1, 10, 1_000, 100_000];

const CORES: [usize; 2] = [1, 2];

/// The first two are this project's and have a row each; the last two are the corresponding calls of a bare
/// engine.
const PROGRAMS: [Program; 7] = [
    Program::Ours { is_fresh: false },
    Program::Ours { is_fresh: true },
    Program::Native("tokio"),
    Program::Native("rayon"),
    Program::Native("threads"),
    Program::Bare("warm"),
    Program::Bare("fresh"),
];

const VARIANTS: [&str; 5] = ["guest-runtime", "tokio 1.54", "rayon 1.12", "OS threads", "bare wasmtime"];
const COLUMNS: [&str; VARIANTS.len()] = ["ours", "tokio", "rayon", "threads", "bare"];

#[derive(Clone, Copy)]
enum Program {
    /// Jobs, in warm instances or each in a fresh one.
    Ours { is_fresh: bool },
    /// The equivalents of native programs: tasks and threads.
    Native(&'static str),
    /// Calls of a component in a bare engine, sequentially on each of at most as many threads as there are
    /// calls.
    Bare(&'static str),
}

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for cores in CORES {
        for batch in BATCHES {
            let mut rounds = vec![Vec::new(); PROGRAMS.len()];
            for _ in 0..ROUNDS {
                for (program, rounds) in PROGRAMS.iter().zip(&mut rounds) {
                    if let Some(mut command) = program.command(guests, batch, cores) {
                        rounds.push(Process::start(&mut command)?.number()?);
                    }
                }
            }
            let [warm, fresh, tokio, rayon, threads, bare_warm, bare_fresh] =
                <[_; PROGRAMS.len()]>::try_from(rounds).expect("each program has its rounds");
            let natives = [tokio, rayon, threads];
            for (state, ours, bare) in [("warm", warm, bare_warm), ("fresh", fresh, bare_fresh)] {
                let rounds = [ours].into_iter().chain(natives.clone()).chain([bare]).collect();
                let what = what(batch, cores, state);
                let id = format!("{batch}/{cores}/{state}");
                let row = Row { id, what, amount: Some(batch as f64), rounds, ..Row::default() };
                eprintln!("{}: {:?}", row.what, row.medians());
                rows.push(row);
            }
        }
    }
    let about = "The time of an empty job that a running guest starts and joins with others. `fresh` is \
                 `host run --fresh`, one instance per job. The peers run alternately with it, on as many \
                 threads: `spawn` of tokio, from a task, with the await of each; `par_iter` of rayon with \
                 one item per job, and half of a `join` of two for one at a time; OS threads, 1,000 at a \
                 time and not pinned; and synchronous calls of `run(u32, list<u8>)` of a component in a \
                 wasmtime with the same configuration, in one instance or in a new one per call. Lunatic \
                 0.13 took 180 to 220 us to spawn a process and take its result, on another day.";
    Ok(Results::of_peers(about, "us", &VARIANTS, rows).with_columns(COLUMNS).with_gaps())
}

/// Returns the name of a row.
fn what(batch: usize, cores: usize, state: &str) -> String {
    let cores = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
    let jobs = if batch == 1 { "1 at a time".to_owned() } else { format!("a join of {batch}") };
    format!("{jobs}, {cores}, {state}")
}

impl Program {
    /// Returns the command; `None` if the program cannot be limited to this many cores.
    fn command(self, guests: &Guests, batch: usize, cores: usize) -> Option<Command> {
        let mut command = match self {
            Self::Ours { is_fresh } => {
                let cores = cores.to_string();
                let mut options = vec!["--cores", &cores];
                options.extend(is_fresh.then_some("--fresh"));
                let mut command = guests.command(&options, "dispatch");
                command.arg(batch.to_string());
                return Some(command);
            }
            // A single job at a time never uses two cores.
            Self::Bare(state) => return Some(guests.bare_engine(state, cores.min(batch))),
            Self::Native("threads") if cores == 1 => return None,
            Self::Native(_) => guests.peer("dispatch_peers"),
        };
        let Self::Native(variant) = self else { return None };
        command.args([variant, &batch.to_string(), &cores.to_string()]);
        Some(command)
    }
}
