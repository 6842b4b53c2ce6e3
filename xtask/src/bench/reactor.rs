//! Joins and races of futures that do not wait for WASI: the cost of a turn of each runtime.

use std::process::Command;

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 3;

const COUNTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// The names of the operations, and the arguments of the programs for them.
const CASES: [(&str, &str); 3] = [
    ("join of {}, all ready", "join-ready"),
    ("join of {}, each waits once", "join-pending"),
    ("race of {}, each would wait once", "race-pending"),
];

const VARIANTS: [&str; 4] = ["guest-runtime", "wstd 0.6", "tokio 1.54", "tokio, native"];
const COLUMNS: [&str; VARIANTS.len()] = ["ours", "wstd", "tokio", "native"];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, case) in CASES {
        for count in COUNTS {
            let mut rounds = vec![Vec::new(); VARIANTS.len()];
            for _ in 0..ROUNDS {
                for (variant, rounds) in rounds.iter_mut().enumerate() {
                    let mut program = program(guests, variant);
                    rounds.push(Process::start(program.args([case, &count.to_string()]))?.number()?);
                }
            }
            let what = what.replace("{}", &count.to_string());
            let id = format!("{count}/{case}");
            let row = Row { id, what, amount: Some(count as f64), rounds, ..Row::default() };
            eprintln!("{}: {:?}", row.what, row.medians());
            rows.push(row);
        }
    }
    let about = "A `join` or a `race` of a `Vec` of futures, with the implementations of futures- \
                 concurrency in each program: the time until it is ready. A future that waits once wakes \
                 itself and returns pending. tokio is its current-thread runtime, as a component under this \
                 host like the others, and natively. wasi-async-runtime is missing: it has no wakers and \
                 traps without a pollable.";
    Ok(Results::of_peers(about, "us", &VARIANTS, rows).with_columns(COLUMNS))
}

fn program(guests: &Guests, variant: usize) -> Command {
    match variant {
        0 => guests.command(&["--cores", "1"], "joins"),
        1 => guests.command(&["--cores", "1"], "wstd_joins"),
        2 => guests.command(&["--cores", "1"], "examples/tokio_joins"),
        _ => guests.peer("tokio_joins"),
    }
}
