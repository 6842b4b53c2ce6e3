//! The time to stop one job, by what it does and where it runs.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

const STOPS: usize = 1_000;

/// The grace period. It is short, because stops of jobs that ignore them take that long.
const GRACE: &str = "10ms";
const GRACE_MS: f64 = 10.0;

const BUDGETS: [Option<f64>; 3] = [Some(2.0), Some(5.0), None];

/// A case: its name, the arguments of the guest for the job and its core, and the budgets.
type Case = (&'static str, &'static str, &'static str, [Option<f64>; 3]);

const CASES: [Case; 12] = [
    ("not started", "queued", "main", BUDGETS),
    ("waits, on main's core", "waits", "main", BUDGETS),
    ("waits, on the other", "waits", "other", BUDGETS),
    ("computes and never waited, on main's core", "computes", "main", BUDGETS),
    ("computes and never waited, on the other", "computes", "other", BUDGETS),
    ("has waited, computes, yields every 10 us, on main's core", "yields", "main", BUDGETS),
    ("has waited, computes, yields every 10 us, on the other", "yields", "other", BUDGETS),
    ("has waited, computes, never yields: beyond the grace time", "never yields", "other", BUDGETS),
    ("waits, on the other, where another computes", "waits", "other beside", [None; 3]),
    (
        "computes and never waited, on the other, where another computes",
        "computes",
        "other beside",
        [None; 3],
    ),
    (
        "has waited, computes, yields, on the other, where another computes",
        "yields",
        "other beside",
        [None; 3],
    ),
    ("waits, on main's core, while another computes on the other", "waits", "main beside", [None; 3]),
];

const PEERS: [(&str, &str); 3] = [
    ("native: a thread that polls a flag every 10 us", "thread"),
    ("native: a task of tokio that waits", "task waits"),
    ("native: a task of tokio that yields every 10 us", "task yields"),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, job, place, budgets) in CASES {
        let mut stops = stops(guests, job, place)?;
        if job == "never yields" {
            stops.iter_mut().for_each(|stop| *stop -= GRACE_MS);
        }
        eprintln!("{what}\n{}", histogram(&stops));
        rows.push(Row::spread(what, stops, budgets));
    }
    for (what, peer) in PEERS {
        let stops = Process::start(&mut guests.native_peer(peer, STOPS))?.numbers(STOPS)?;
        eprintln!("{what}\n{}", histogram(&stops));
        rows.push(Row::spread(what, stops, [None; 3]));
    }
    let about = "`job.stop().await`, from the call until the job is gone, by the state of the job: 1,000 \
                 stops each, one at a time, with `--cores 2` and no other work unless stated. A native \
                 thread is stopped by a flag and joined; a task is aborted and awaited.";
    Ok(Results::of_figures(about, "ms", &SPREAD, rows))
}

/// Returns a line for each class of times: up to 10 us, up to twice that, and so on.
fn histogram(milliseconds: &[f64]) -> String {
    let mut counts = BTreeMap::<i32, usize>::new();
    for time in milliseconds {
        let doublings = (time / 0.01).max(1.0).log2().ceil();
        // A time of a hundred years has 48.
        *counts.entry(doublings as i32).or_default() += 1;
    }
    let line = |(doublings, count): (i32, usize)| {
        let bar = "#".repeat((count * 60).div_ceil(milliseconds.len()));
        format!("  up to {:8.2} ms {count:5} {bar}\n", 0.01 * 2_f64.powi(doublings))
    };
    counts.into_iter().map(line).collect()
}

/// Returns how many milliseconds each stop took.
fn stops(guests: &Guests, job: &str, place: &str) -> Result<Vec<f64>> {
    // Each core has every second job, so that it is known where a job runs.
    let options = ["--cores", "2", "--placement", "sharded", "--grace", GRACE];
    let mut command = guests.command(&options, "stop_one");
    let mut guest = Process::start(command.args([job, &STOPS.to_string(), place]))?;
    if place.ends_with("beside") {
        guest.hear_begun(1)?;
        guest.go_on()?;
    }
    let mut stops = Vec::with_capacity(STOPS);
    for index in 0..STOPS {
        if job != "queued" {
            guest.hear_begun(1)?;
            // At another moment of a tick each time.
            sleep(Duration::from_micros(index as u64 * 617 % 1_000));
            guest.go_on()?;
        }
        stops.push(guest.number()?);
    }
    Ok(stops)
}
