//! Calls of exported functions: typed, beside a bare engine, and by `host map`, on one core and on two.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use super::guests::Guests;
use super::protocol::Process;
use super::results::{Results, Row};

const ROUNDS: usize = 5;

const CORES: [usize; 2] = [1, 2];

/// How many rounds `spin` computes, which take a nanosecond each: nothing, about 10 us and about 100 us.
const SPINS: [u64; 3] = [0, 10_000, 100_000];

/// The lines of `host map`, each of which takes about 100 us.
const LINES: usize = 20_000;

const VARIANTS: [&str; 2] = ["parallel-host", "bare wasmtime"];
const COLUMNS: [&str; VARIANTS.len()] = ["ours", "bare"];

pub(crate) fn measure(guests: &Guests) -> Result<Results> {
    let mut rows = Vec::new();
    for cores in CORES {
        for spins in SPINS {
            let mut rounds = vec![Vec::new(); VARIANTS.len()];
            for _ in 0..ROUNDS {
                for (how, rounds) in ["library", "bare"].into_iter().zip(&mut rounds) {
                    let mut command = guests.peer("call_load");
                    command.arg(guests.folder.join("values.wasm"));
                    command.args([how, &spins.to_string(), &cores.to_string()]);
                    rounds.push(Process::start(&mut command)?.number()?);
                }
            }
            let what = format!("a typed call of {spins} rounds, {}", of_cores(cores));
            rows.push(row(format!("typed/{spins}/{cores}"), what, rounds));
        }
    }
    let mut lines = vec![Vec::new(); CORES.len()];
    for _ in 0..ROUNDS {
        for (cores, rounds) in CORES.into_iter().zip(&mut lines) {
            rounds.push(map(guests, cores)?);
        }
    }
    for (cores, rounds) in CORES.into_iter().zip(lines) {
        let what = format!("a line of `host map` of {} rounds, {}", SPINS[2], of_cores(cores));
        rows.push(row(format!("map/{cores}"), what, vec![rounds, Vec::new()]));
    }
    let about = "The time of a call of an exported function, `spin` of `tests/plugs/values`, divided by the \
                 number of calls: typed calls by the library, 64 in flight for each core, beside calls of a bare \
                 engine without preemption, one after another on as many threads. The thread that makes the calls \
                 shares the CPUs with the cores. A round takes about a nanosecond. `host map` reads and writes \
                 JSON, and its time includes its start.";
    Ok(Results::of_peers(about, "us", &VARIANTS, rows).with_columns(COLUMNS))
}

fn row(id: String, what: String, rounds: Vec<Vec<f64>>) -> Row {
    let row = Row { id, what, rounds, ..Row::default() };
    eprintln!("{}: {:?}", row.what, row.medians());
    row
}

fn of_cores(cores: usize) -> String {
    if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") }
}

/// Returns the microseconds of each line of `host map`.
fn map(guests: &Guests, cores: usize) -> Result<f64> {
    let mut command = Command::new(&guests.host);
    command.args(["map", "--cores", &cores.to_string()]).arg(guests.folder.join("values.wasm")).arg("spin");
    let start = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().context("host map")?;
    let mut stdin = child.stdin.take().context("host map has no stdin")?;
    stdin.write_all(format!("{}\n", SPINS[2]).repeat(LINES).as_bytes())?;
    drop(stdin);
    ensure!(child.wait()?.success(), "host map failed");
    Ok(start.elapsed().as_secs_f64() * 1e6 / LINES as f64)
}
