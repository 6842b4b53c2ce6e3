//! Timers and connections of a program whose jobs keep all cores busy: how late timers are, and how long
//! clients wait.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::Guests;
use super::protocol::Process;
use super::results::{Results, Row, SPREAD};

/// How many microseconds each job computes.
const JOBS: [u64; 5] = [0, 30, 300, 900, 3_000];

const CORES: [usize; 2] = [1, 2];

/// The number of clients, one after the other.
const CLIENTS: u32 = 300;

/// The byte that a client sends; the last client sends another one to end the program.
const BYTE: &[u8] = b"a";
const END: &[u8] = b".";

/// A program that takes longer to listen or to answer hangs.
const GUARD: Duration = Duration::from_secs(30);

/// Two milliseconds at the 99th percentile, and ten at most.
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
            rows.extend([
                Row::spread(&format!("{load}, a timer"), late, BUDGETS),
                Row::spread(&tokio("a timer"), their_late, [None; 3]),
                Row::spread(&format!("{load}, an answer"), answers, BUDGETS),
                Row::spread(&tokio("an answer"), their_answers, [None; 3]),
            ]);
            rows[rows.len() - 4..].iter().for_each(|row| eprintln!("{}: {:?}", row.what, row.medians()));
        }
    }
    let about = "64 jobs in progress that compute for the given time, each replaced when it ends, so that all \
                 cores are always busy. Meanwhile main waits for timers of 2 to 7 ms, one after the other, \
                 and answers clients, one after the other. The time of a timer is how late it is; the time of \
                 an answer is from `connect` until a byte has been sent and has come back. The clients run on \
                 the same CPUs. tokio has as many threads as there are cores, and its tasks compute without a \
                 pause.";
    Ok(Results::of_figures(about, "ms", &SPREAD, rows))
}

/// Measures how late the timers of a program are, and how long its clients wait, in milliseconds.
fn run(mut command: std::process::Command, micros: u64, cores: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    // No other process takes the port in the meantime.
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
        // At varying intervals, so that they do not align with each other or with the time slices of a core.
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

/// Measures the time until this byte has come back.
fn answer(port: u16, byte: &[u8]) -> Result<Duration> {
    let start = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(GUARD))?;
    stream.write_all(byte)?;
    let mut back = [0];
    stream.read_exact(&mut back).context("no answer")?;
    Ok(start.elapsed())
}
