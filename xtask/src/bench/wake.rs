//! Two jobs on sleeping and on busy cores: how long until both are done, compared with waking a thread.

use anyhow::Result;

use super::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

/// The number of rounds. The programs alternate, so that load on the machine affects all of them.
const ROUNDS: usize = 3;

/// The cases: row label, joins per round, and microseconds between two joins.
const CASES: [(&str, usize, u32); 2] =
    [("after 20 ms in which nothing runs", 100, 20_000), ("every few us", 10_000, 3)];

/// The budget of the median while jobs keep arriving, in us.
const BUDGET: f64 = 5.0;

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (when, count, pause) in CASES {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let arguments = [count.to_string(), pause.to_string()];
        for _ in 0..ROUNDS {
            let mut command = guests.command(&["--cores", "2"], "wake");
            ours.extend(Process::start(command.args(&arguments))?.numbers(count)?);
            let mut command = guests.peer("wake_peers");
            theirs.extend(Process::start(command.args(&arguments))?.numbers(count)?);
        }
        let is_busy = pause < 1_000;
        rows.push(Row::spread(&format!("two jobs, {when}"), ours, [is_busy.then_some(BUDGET), None, None]));
        rows.push(Row::spread(&format!("native: a thread and back, {when}"), theirs, [None; 3]));
    }
    rows.iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
    let about = "A join of two empty jobs with `--cores 2`, from the start of the first until both are done: \
                 300 joins after 20 ms of sleep each, so that the cores sleep too, and 30,000 joins with 3 us \
                 of computation in main between them. The native program wakes a thread on another CPU \
                 through a std channel and waits for its answer.";
    Ok(Results::of_figures(about, "us", &SPREAD, rows))
}
