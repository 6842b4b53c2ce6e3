//! The time of a join of two jobs while the cores sleep, and while they are awake, compared with waking a
//! thread.

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

/// The programs alternate this many times, so that other load of the machine affects both.
const ROUNDS: usize = 3;

/// The ids of the cases, their names, the number of joins in a round, and the microseconds between two joins.
const CASES: [(&str, &str, usize, u32); 2] =
    [("asleep", "after 20 ms of idling", 100, 20_000), ("busy", "every few us", 10_000, 3)];

/// The budget for the median while the cores are awake, in us.
const BUDGET: f64 = 5.0;

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (state, when, count, pause) in CASES {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let arguments = [count.to_string(), pause.to_string()];
        for _ in 0..ROUNDS {
            let mut command = guests.command(&["--cores", "2"], "wake");
            ours.extend(Process::start(command.args(&arguments))?.numbers(count)?);
            let mut command = guests.peer("wake_peers");
            theirs.extend(Process::start(command.args(&arguments))?.numbers(count)?);
        }
        let is_busy = pause < 1_000;
        let ours = Row::spread(&format!("two jobs, {when}"), ours, [is_busy.then_some(BUDGET), None, None]);
        let theirs = Row::spread(&format!("native: a thread round trip, {when}"), theirs, [None; 3]);
        rows.push(ours.with_id(format!("{state}/jobs")));
        rows.push(theirs.with_id(format!("{state}/threads")));
    }
    rows.iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
    let about = "A join of two empty jobs with `--cores 2`, from the start of the first until both have \
                 ended: 300 after 20 ms of sleep each, so that the cores sleep too, and 30,000 with 3 us of \
                 computation in `main` between them. The native program wakes a thread on another CPU \
                 through a std channel and waits for its answer.";
    Ok(Results::of_figures(about, "us", &SPREAD, rows).with_columns(SPREAD))
}
