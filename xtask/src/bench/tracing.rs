//! What it costs to write down what happens: the same jobs with and without a trace.

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 15;

/// At 100,000 jobs per second it is less than 5 %.
const BUDGET: f64 = 1.05;

/// The steps of a job, how many jobs, and what of it should be below the budget: on two cores that do
/// nothing else, jobs of 18 us and what a job costs besides come to 100,000 per second.
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
