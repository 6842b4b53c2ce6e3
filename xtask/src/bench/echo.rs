//! An echo server with few and with many connections, on each runtime.

use std::fs;

use anyhow::{Context as _, Result};

use super::Guests;
use super::protocol::Process;
use super::results::{Results, Row};
use super::server::Server;

const ROUNDS: usize = 3;

/// The numbers of connections; those above the limit of open files are skipped.
const COUNTS: [usize; 5] = [1, 10, 100, 1_000, 10_000];

/// Descriptors that a process needs besides the connections.
const OTHER_FILES: usize = 100;

const VARIANTS: [&str; 3] = ["guest-runtime", "wstd 0.6", "tokio, native"];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let most = most_files()?.saturating_sub(OTHER_FILES);
    let mut counts = COUNTS.map(|count| count.min(most)).to_vec();
    counts.dedup();
    let mut rows = Vec::new();
    for count in counts {
        // Microseconds per request, and the 99th percentile of the latencies.
        let mut rounds = [(); 2].map(|()| vec![Vec::new(); VARIANTS.len()]);
        for round in 0..ROUNDS {
            for variant in 0..VARIANTS.len() {
                // A server that failed to serve all clients once is not measured again.
                let is_here = rounds[0][variant].len() == round;
                let Some(load) = is_here.then(|| load(guests, variant, count)).transpose()?.flatten() else {
                    continue;
                };
                rounds.iter_mut().zip(load).for_each(|(rounds, number)| rounds[variant].push(number));
            }
        }
        rounds.iter_mut().flatten().filter(|rounds| rounds.len() < ROUNDS).for_each(Vec::clear);
        for (figure, rounds) in ["each request", "p99"].into_iter().zip(rounds) {
            let what = format!("{count} connections, {figure}");
            let row = Row { what, amount: Some(count as f64), rounds, ..Row::default() };
            eprintln!("{}: {:?}", row.what, row.medians());
            rows.push(row);
        }
    }
    let about = "An echo server under `benches/examples/echo_load.rs` on loopback: for one second, each \
                 connection has one request of 64 bytes in flight. The time per request is that second \
                 divided by the number of all requests, and includes the CPU time of the load; p99 is the \
                 latency of a single request, including those unanswered at the end. \"Does not end\" means \
                 that serving all clients once took more than 20 s, or that no request was served in the \
                 second after that. All servers have one core. tokio is its current-thread runtime, native: \
                 as a component it can listen, but its `accept` fails there. wasi-async-runtime has no \
                 sockets.";
    Ok(Results::of_peers(about, "us", &VARIANTS, rows))
}

/// The exit code of a load whose server was too slow.
const LATE: i32 = 3;

/// Starts a server and measures it. Returns `None` if it was too slow.
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
        // A server without a single request in a second has an infinite time per request.
        [Ok(each), Ok(p99)] => Ok(each.is_finite().then_some([each, p99])),
        [Err(why), _] | [_, Err(why)] => {
            if load.end()?.code() == Some(LATE) {
                return Ok(None);
            }
            Err(why.context(format!("{} and {count} connections", VARIANTS[variant])))
        }
    }
}

/// Returns how many files a process and its children may have open.
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
