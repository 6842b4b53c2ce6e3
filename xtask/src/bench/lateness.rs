//! The lateness of timers and answers in a program whose jobs keep all cores busy.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

/// The microseconds that each job computes.
const JOBS: [u64; 5] = [0, 30, 300, 900, 3_000];

const CORES: [usize; 2] = [1, 2];

/// The number of clients, which connect one after the other.
const CLIENTS: u32 = 300;

/// The bytes that clients send: an ordinary one, and the last one, which ends the program.
const BYTE: &[u8] = b"a";
const END: &[u8] = b".";

/// A program that takes this long to listen or to answer hangs.
const GUARD: Duration = Duration::from_secs(30);

/// The budgets in milliseconds: for the 99th percentile, and for the maximum.
const BUDGETS: [Option<f64>; SPREAD.len()] = [None, Some(2.0), Some(10.0)];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for cores in CORES {
        for micros in JOBS {
            let load = match cores {
                1 => format!("jobs of {micros} us, 1 core"),
                _ => format!("jobs of {micros} us, {cores} cores"),
            };
            let ours = guests.command(&["--cores", &cores.to_string(), "-S", "inherit-network"], "lateness");
            let (late, answers) = run(ours, micros, cores)?;
            let (their_late, their_answers) = run(guests.peer("lateness_peers"), micros, cores)?;
            let tokio = |what| format!("tokio 1.54: {load}, {what}");
            let id = |variant: &str, what: &str| format!("{variant}/{micros}/{cores}/{what}");
            rows.extend([
                Row::spread(&format!("{load}, a timer"), late, BUDGETS).with_id(id("ours", "timer")),
                Row::spread(&tokio("a timer"), their_late, [None; 3]).with_id(id("tokio", "timer")),
                Row::spread(&format!("{load}, an answer"), answers, BUDGETS).with_id(id("ours", "answer")),
                Row::spread(&tokio("an answer"), their_answers, [None; 3]).with_id(id("tokio", "answer")),
            ]);
            rows[rows.len() - 4..].iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
        }
    }
    let about = "64 jobs in flight that compute for the given time, with a new one for each that ends, so \
                 that all cores are always busy. Meanwhile `main` waits for one timer of 2 to 7 ms after \
                 the other and answers one client after the other. The rows show the lateness of the \
                 timers, and the time from `connect` until a byte was sent and returned. The clients use \
                 the same CPUs. tokio has one thread per core, and its tasks compute without yielding.";
    Ok(Results::of_figures(about, "ms", &SPREAD, rows).with_columns(SPREAD))
}

/// Returns the lateness of a program's timers and the time until each client's answer, in milliseconds.
fn run(mut command: std::process::Command, micros: u64, cores: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    // No other process of the benchmark takes the port before the program listens there.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    command.args([format!("127.0.0.1:{port}"), micros.to_string(), cores.to_string()]);
    let program = Process::start(&mut command)?;
    let deadline = Instant::now() + GUARD;
    while answer(port, BYTE).is_err() {
        if Instant::now() > deadline {
            bail!("{command:?} does not listen");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut answers = Vec::new();
    for client in 0..CLIENTS {
        // At no fixed distance, neither from each other nor from the turns of a core.
        std::thread::sleep(Duration::from_micros(5_000 + u64::from(client) * 617 % 5_000));
        answers.push(answer(port, BYTE)?.as_secs_f64() * 1e3);
    }
    answer(port, END)?;
    let count = program.number()? as usize;
    let late = program.numbers(count)?;
    if late.is_empty() {
        bail!("{command:?} let no timer through");
    }
    Ok((late, answers))
}

/// Sends this byte, and returns the time until it comes back.
fn answer(port: u16, byte: &[u8]) -> Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(GUARD))?;
    stream.write_all(byte)?;
    let mut back = [0];
    stream.read_exact(&mut back).context("no answer")?;
    Ok(start.elapsed())
}
