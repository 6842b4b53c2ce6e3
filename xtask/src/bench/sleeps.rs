//! The time from the last deadline to the end of a join of many sleeps.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use super::guests::Guests;
use super::results::{Results, Row};

const ROUNDS: usize = 5;

/// A program that takes this long hangs.
const GUARD: Duration = Duration::from_secs(20);

const VARIANTS: [(&str, &str); 3] =
    [("guest-runtime", "sleeps"), ("wstd 0.6", "wstd_sleeps"), ("tokio 1.54", "tokio_sleeps")];

/// The number of sleeps, and the milliseconds over which their deadlines are spread.
const CASES: [(u32, u32); 4] = [(200, 0), (1_000, 100), (10_000, 0), (10_000, 100)];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (count, spread) in CASES {
        let what = match spread {
            0 => format!("{count} sleeps of 100 ms"),
            _ => format!("{count} sleeps of 100 to {} ms", 100 + spread),
        };
        let mut rounds = vec![Vec::new(); VARIANTS.len()];
        for round in 0..ROUNDS {
            for ((_, guest), rounds) in VARIANTS.iter().zip(&mut rounds) {
                // One that did not end once is not one to count on, nor to wait for again.
                if rounds.len() == round {
                    let late = late(guests, guest, count, spread)?;
                    eprintln!("{what}: {guest} {late:?}");
                    rounds.extend(late);
                }
            }
        }
        rounds.iter_mut().filter(|rounds| rounds.len() < ROUNDS).for_each(Vec::clear);
        rows.push(Row { id: format!("{count}/{spread}"), what, rounds, ..Row::default() });
    }
    Ok(Results {
        about: "A `join` of many sleeps, with the `join` of futures-concurrency in each program: \
                milliseconds from the last deadline to the end. \"Does not end\" is more than 20 s in at \
                least one of five rounds."
            .to_owned(),
        unit: "ms".to_owned(),
        more_is_better: false,
        labels: VARIANTS.map(|(name, _)| name.to_owned()).to_vec(),
        columns: ["ours", "wstd", "tokio"].map(str::to_owned).to_vec(),
        rows,
        ..Results::default()
    })
}

/// Returns how many milliseconds late the join ends; `None` if it does not end.
fn late(guests: &Guests, guest: &str, count: u32, spread: u32) -> Result<Option<f64>> {
    let mut command = guests.command(&["--cores", "1"], guest);
    command.args([count.to_string(), spread.to_string()]);
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the host")?;
    let deadline = Instant::now() + GUARD;
    while child.try_wait()?.is_none() {
        if Instant::now() > deadline {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut text = String::new();
    child.stdout.take().context("the host has no stdout")?.read_to_string(&mut text)?;
    let late = text.trim().parse().with_context(|| format!("{guest} printed {text:?}"))?;
    Ok(Some(late))
}
