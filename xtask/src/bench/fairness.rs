//! The latency of a short job while other jobs compute forever.

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

const JOBS: usize = 200;

/// The budget: two quanta. A quantum is how long a computing core lets a queued job wait.
const BUDGETS: [Option<f64>; 3] = [Some(20.0), Some(20.0), None];

/// The numbers of endless jobs.
const CASES: [(&str, usize, [Option<f64>; 3]); 3] = [
    ("nothing else runs", 0, BUDGETS),
    ("2 jobs compute forever, one on each core", 2, BUDGETS),
    ("4 jobs compute forever", 4, [None; 3]),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, endless, budgets) in CASES {
        let mut command = guests.command(&["--cores", "2"], "fairness");
        let mut guest = Process::start(command.args([endless.to_string(), JOBS.to_string()]))?;
        guest.hear_begun(endless)?;
        guest.go_on()?;
        rows.push(Row::spread(what, guest.numbers(JOBS)?, budgets));
        eprintln!("{what}: {:?}", rows.last().map(Row::medians));
    }
    let threads = Process::start(&mut guests.native_peer("short beside threads", JOBS))?.numbers(JOBS)?;
    rows.push(Row::spread("native: 2 threads compute forever, new ones for 1 ms", threads, [None; 3]));
    let about = "A job that computes for 1 ms, from its start to its value in `main`, with `--cores 2`: 200 \
                 of them, one at a time. The budget is two quanta of 10 ms.";
    Ok(Results::of_figures(about, "ms", &SPREAD, rows))
}
