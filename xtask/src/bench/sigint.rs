//! The time from Ctrl-C to the end of the process, while very many jobs wait.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::guests::Guests;
use super::protocol::{BEGUN, Process};
use super::results::{Results, Row};
use crate::command;

const ROUNDS: usize = 10;
const JOBS: usize = 10_000;

const BUDGETS: [Option<f64>; 2] = [Some(500.0); 2];

/// The names of the cases, and the number of jobs that may have started.
const CASES: [(&str, usize); 2] =
    [("all have started, `--slots 10000`", JOBS), ("1,000 have started, the others are queued", 1_000)];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, slots) in CASES {
        let times = times(|| {
            let mut command = guests.command(&["--cores", "2", "--slots", &slots.to_string()], "stop_all");
            let process = Process::start(command.arg(JOBS.to_string()))?;
            process.hear(vec![("started", 1), (BEGUN, slots)])?;
            Ok(process)
        })?;
        rows.push(row(what, times, BUDGETS));
    }
    let tasks = times(|| {
        let process = Process::start(&mut guests.native_peer("all", JOBS))?;
        process.hear(vec![("started", 1)])?;
        Ok(process)
    })?;
    rows.push(row("native: tasks of tokio", tasks, [None; 2]));
    let about = "10,000 waiting jobs with `--cores 2`, from SIGINT until the process has ended, in ten \
                 runs. The program on tokio aborts its tasks, waits for them and exits; it has no linear \
                 memories to free.";
    Ok(Results::of_figures(about, "ms", &["median", "max"], rows))
}

fn row(what: &str, mut times: Vec<f64>, budgets: [Option<f64>; 2]) -> Row {
    times.sort_by(f64::total_cmp);
    eprintln!("{what}: {times:?}");
    Row::figures(what, [times[ROUNDS / 2], times[ROUNDS - 1]], budgets)
}

/// Returns how many milliseconds each of these programs takes to end after SIGINT.
fn times(start: impl Fn() -> Result<Process>) -> Result<Vec<f64>> {
    let round = |_| {
        let process = start()?;
        // The last job has only just begun.
        sleep(Duration::from_millis(50));
        let start = Instant::now();
        if !command::succeeds(Command::new("kill").args(["-INT", &process.pid().to_string()])) {
            bail!("cannot send SIGINT");
        }
        let status = process.end()?;
        let time = start.elapsed();
        if status.code() != Some(130) {
            bail!("the program ended with {status}, and not with 130");
        }
        Ok(time.as_secs_f64() * 1e3)
    };
    (0..ROUNDS).map(round).collect()
}
