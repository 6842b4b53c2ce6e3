//! A short job beside endless ones: how long it takes.

use anyhow::Result;

use super::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

const JOBS: usize = 200;

/// Two quanta. A quantum is how long a computing core keeps a queued job waiting.
const BUDGETS: [Option<f64>; 3] = [Some(20.0), Some(20.0), None];

/// The cases: row label, number of endless jobs, and budgets.
const CASES: [(&str, usize, [Option<f64>; 3]); 3] = [
    ("nothing else runs", 0, BUDGETS),
    ("2 jobs compute for ever, one on each core", 2, BUDGETS),
    ("4 jobs compute for ever", 4, [None; 3]),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, endless, budgets) in CASES {
        let mut command = guests.command(&["--cores", "2"], "fairness");
        let mut guest = Process::start(command.args([endless.to_string(), JOBS.to_string()]))?;
        guest.wait_for_begun(endless)?;
        guest.proceed()?;
        rows.push(Row::spread(what, guest.numbers(JOBS)?, budgets));
        eprintln!("{what}: {:?}", rows.last().map(Row::medians));
    }
    let threads = Process::start(&mut guests.native_peer("short beside threads", JOBS))?.numbers(JOBS)?;
    rows.push(Row::spread("native: 2 threads compute for ever, new ones for 1 ms", threads, [None; 3]));
    let about = "The time of a job that computes for 1 ms, from its start until main has its value, with \
                 `--cores 2`: 200 jobs, one after the other. The budget is two quanta of 10 ms each.";
    Ok(Results::of_figures(about, "ms", &SPREAD, rows))
}
