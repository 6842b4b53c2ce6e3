//! The memory of a job: before it starts, while it waits, and when only its warm instance is left.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::guests::Guests;
use super::memory::{page_tables_mib, resident_mib};
use super::protocol::{BEGUN, Process};
use super::results::{Results, Row};

const ROUNDS: usize = 3;

const KIB: f64 = 1024.0;

const CASES: [Case; 3] = [
    Case {
        what: "a job that has not started",
        jobs: "waiting",
        slots: "0",
        counts: [1_000, 50_000],
        budget: Some(1.0),
    },
    Case {
        what: "a job that waits",
        jobs: "suspended",
        slots: "1000",
        counts: [100, 900],
        budget: Some(64.0),
    },
    Case { what: "a warm instance", jobs: "warm", slots: "1000", counts: [100, 900], budget: None },
];

struct Case {
    what: &'static str,
    /// The argument of the guest for this state.
    jobs: &'static str,
    slots: &'static str,
    /// Two numbers of jobs. Their difference eliminates memory that does not depend on the number.
    counts: [usize; 2],
    /// The budget for each job, in KiB.
    budget: Option<f64>,
}

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for Case { what, jobs, slots, counts, budget } in CASES {
        let mut rounds = vec![Vec::new(); 2];
        for _ in 0..ROUNDS {
            let each = each(counts, |count| {
                let mut command = guests.command(&["--cores", "2", "--slots", slots], "footprint");
                let guest = Process::start(command.args([jobs, &count.to_string()]))?;
                let begun = if jobs == "waiting" { 1 } else { count };
                guest.hear(vec![("ready", 1), (BEGUN, begun)])?;
                Ok(guest)
            })?;
            rounds.iter_mut().zip(each).for_each(|(rounds, each)| rounds.push(each));
        }
        let budgets = vec![budget, None];
        let (id, what) = (jobs.to_owned(), what.to_owned());
        rows.push(Row { id, what, rounds, budgets, ..Row::default() });
    }
    let tasks = each([1_000, 50_000], |count| {
        let tasks = Process::start(&mut guests.native_peer("all", count))?;
        tasks.hear(vec![("started", 1)])?;
        Ok(tasks)
    })?;
    rows.push(Row::figures("native: a task of tokio that waits", tasks, [None; 2]).with_id("tokio"));
    rows.iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
    let about = "The memory of the host per job: the difference between 1,000 and 50,000 jobs that have not \
                 started, and between 100 and 900 that wait in a `sleep` or have left a warm instance. With \
                 `--cores 2`, without arguments, including the memory of `main` per job. Page tables belong \
                 to the kernel and are not in the first column.";
    let results = Results::of_figures(about, "KiB", &["resident", "page tables"], rows);
    Ok(results.with_columns(["resident", "page-tables"]))
}

/// Returns the resident memory and the page tables per job in KiB, from the difference between the two counts.
fn each(counts: [usize; 2], start: impl Fn(usize) -> Result<Process>) -> Result<[f64; 2]> {
    let size = |count| -> Result<[f64; 2]> {
        let process = start(count)?;
        // The job or thread that started last may not be asleep yet.
        sleep(Duration::from_millis(200));
        Ok([resident_mib(process.pid())?, page_tables_mib(process.pid())?])
    };
    let (few, many) = (size(counts[0])?, size(counts[1])?);
    let more = (counts[1] - counts[0]) as f64;
    Ok([0, 1].map(|index| (many[index] - few[index]) * KIB / more))
}
