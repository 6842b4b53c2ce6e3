//! The time to stop a job with 1,110 jobs below it, until all are gone.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

const TREES: usize = 100;

/// The number of trees of the peer. It is lower, because a stop may take half a second there.
const PEERS_TREES: usize = 25;

const BUDGETS: [Option<f64>; 3] = [Some(50.0), Some(50.0), Some(50.0)];

/// The names of the cases, the arguments of the guest, and the number of leaves that start.
const CASES: [(&str, &str, usize); 3] = [
    ("all leaves wait", "wait", 1_000),
    ("all leaves compute for 100 us, wait for 1 ms, and so on", "take turns", 1_000),
    ("the leaves compute forever, so that nearly all are queued", "compute", 2),
];

const PEERS: [(&str, &str); 2] = [
    ("native: tasks of tokio, all leaves wait", "tree waits"),
    ("native: tasks of tokio, all leaves compute for 100 us, wait for 1 ms, and so on", "tree takes turns"),
];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for (what, leaf, begun) in CASES {
        rows.push(Row::spread(what, stops(guests, leaf, begun)?, BUDGETS));
        eprintln!("{what}: {:?}", rows.last().map(Row::medians));
    }
    for (what, peer) in PEERS {
        let stops = Process::start(&mut guests.native_peer(peer, PEERS_TREES))?.numbers(PEERS_TREES)?;
        rows.push(Row::spread(what, stops, [None; 3]));
        eprintln!("{what}: {:?}", rows.last().map(Row::medians));
    }
    let about = "`root.stop().await` of a job with 10 jobs that have 10 each that have 10 each, from the \
                 call until all 1,111 are gone: 100 trees, one at a time, with `--cores 2 --slots 2000`. \
                 tokio runs 25 trees, with a `JoinSet` in each task; the root is aborted, and the last task \
                 is waited for.";
    Ok(Results::of_figures(about, "ms", &SPREAD, rows))
}

/// Returns how many milliseconds each stop took.
fn stops(guests: &Guests, leaf: &str, begun: usize) -> Result<Vec<f64>> {
    let mut command = guests.command(&["--cores", "2", "--slots", "2000"], "stop_tree");
    let mut guest = Process::start(command.args([leaf, &TREES.to_string()]))?;
    let mut stops = Vec::with_capacity(TREES);
    for _ in 0..TREES {
        guest.hear_begun(begun)?;
        // The last job may have only just started.
        sleep(Duration::from_millis(10));
        guest.go_on()?;
        stops.push(guest.number()?);
    }
    Ok(stops)
}
