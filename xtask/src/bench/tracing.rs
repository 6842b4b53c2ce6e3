//! The cost of recording a trace: the same jobs with and without it.

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 15;

/// The budget at 100,000 jobs per second: a trace costs less than 5 %.
const BUDGET: f64 = 1.05;

/// The names of the cases, the steps of a job, the number of jobs, and the budget. Two idle cores run 100,000
/// jobs of 18 us per second, including the overhead of a job.
const CASES: [(&str, u32, u32, Option<f64>); 2] =
    [("100,000 jobs of 18 us", 11_200, 100_000, Some(BUDGET)), ("200,000 empty jobs", 0, 200_000, None)];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, steps, count, budget) in CASES {
        let mut rounds = vec![Vec::new(); 3];
        for round in 0..ROUNDS {
            let time = |options: &[&str]| {
                let mut command = guests.command(options, "tracing");
                Process::start(command.args([steps.to_string(), count.to_string()]))?.number()
            };
            let without = || time(&["--cores", "2"]);
            let with = || time(&["--cores", "2", "--trace", "/dev/null"]);
            // The second run finds the machine warmer, so the order alternates.
            let (off, on) = if round % 2 == 0 {
                let off = without()?;
                (off, with()?)
            } else {
                let on = with()?;
                (without()?, on)
            };
            for (round, figure) in rounds.iter_mut().zip([off, on, on / off]) {
                round.push(figure);
            }
        }
        rows.push(Row { what: what.to_owned(), rounds, budgets: vec![None, None, budget], ..Row::default() });
        eprintln!("{what}: {:?}", rows.last().map(Row::medians));
    }
    let about = "A program with very many jobs, 1,000 at a time, with `--cores 2`, alternately without and \
                 with `--trace`: the mean time per job. The trace is written when the program has ended, so \
                 writing is not included.";
    Ok(Results::of_figures(about, "us", &["without", "with `--trace`", "of without"], rows))
}
