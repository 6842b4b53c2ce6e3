//! An echo server with few and with many connections, on each runtime.

use std::fs;

use anyhow::{Context as _, Result};

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};
use super::server::Server;

const ROUNDS: usize = 3;

/// The numbers of connections. Those above the limit of open files are skipped.
const COUNTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// The files that a process has open besides the connections.
const OTHER_FILES: usize = 100;

const VARIANTS: [&str; 3] = ["guest-runtime", "wstd 0.6", "tokio, native"];
const COLUMNS: [&str; VARIANTS.len()] = ["ours", "wstd", "native"];

/// The ids and the names of the figures.
const FIGURES: [(&str, &str); 2] = [("each", "each request"), ("p99", "p99")];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let most = most_files()?.saturating_sub(OTHER_FILES);
    let mut counts = COUNTS.map(|count| count.min(most)).to_vec();
    counts.dedup();
    let mut rows = Vec::new();
    for count in counts {
        // Microseconds for each request, and those that 99 % took at most.
        let mut rounds = [(); 2].map(|()| vec![Vec::new(); VARIANTS.len()]);
        for round in 0..ROUNDS {
            for variant in 0..VARIANTS.len() {
                // One that did not serve all once is not one to wait for again.
                let is_here = rounds[0][variant].len() == round;
                let Some(load) = is_here.then(|| load(guests, variant, count)).transpose()?.flatten() else {
                    continue;
                };
                rounds.iter_mut().zip(load).for_each(|(rounds, number)| rounds[variant].push(number));
            }
        }
        rounds.iter_mut().flatten().filter(|rounds| rounds.len() < ROUNDS).for_each(Vec::clear);
        for ((id, figure), rounds) in FIGURES.into_iter().zip(rounds) {
            let what = format!("{count} connections, {figure}");
            let id = format!("{count}/{id}");
            let row = Row { id, what, amount: Some(count as f64), rounds, ..Row::default() };
            eprintln!("{}: {:?}", row.what, row.medians());
            rows.push(row);
        }
    }
    let about = "A server that returns what it receives, under `benches/examples/echo_load.rs` on loopback: \
                 each connection has one request of 64 bytes in flight, for a second. The time of each \
                 request is that second divided by the number of all requests, and includes the load \
                 generator; p99 is the latency of a single request, including unfinished ones at the end. \
                 \"Does not end\" is more than 20 s until every connection has been served once, or no \
                 request in the second after that. All servers have one core. tokio is its native current- \
                 thread runtime: as a component it can listen, but its `accept` fails. wasi-async-runtime \
                 has no sockets.";
    Ok(Results::of_peers(about, "us", &VARIANTS, rows).with_columns(COLUMNS))
}

/// The exit code of the load generator if the server was too slow.
const LATE: i32 = 3;

/// Starts a server, runs the load generator against it, and returns its figures; `None` if the server was too
/// slow.
fn load(guests: &Guests, variant: usize, count: usize) -> Result<Option<[f64; 2]>> {
    let network = ["--cores", "1", "-S", "inherit-network"];
    let mut command = match variant {
        0 => guests.command(&network, "echo_server"),
        1 => guests.command(&network, "wstd_echo_server"),
        _ => guests.peer("tokio_echo"),
    };
    let server = Server::start(|port| {
        command.arg(format!("127.0.0.1:{port}"));
        command
    })?;
    let mut load = guests.peer("echo_load");
    let load = Process::start(load.args([format!("127.0.0.1:{}", server.port), count.to_string()]))?;
    match [load.number(), load.number()] {
        // If no request completes within a second, the time of each is infinite.
        [Ok(each), Ok(p99)] => Ok(each.is_finite().then_some([each, p99])),
        [Err(why), _] | [_, Err(why)] => {
            if load.end()?.code() == Some(LATE) {
                return Ok(None);
            }
            Err(why.context(format!("{} and {count} connections", VARIANTS[variant])))
        }
    }
}

/// Returns the limit of open files of this process, which its children inherit.
fn most_files() -> Result<usize> {
    let text = fs::read_to_string("/proc/self/limits").context("cannot read /proc/self/limits")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    Ok(soft.context("there is no limit of open files")?.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_have_files() {
        assert!(most_files().unwrap() > OTHER_FILES);
    }
}
