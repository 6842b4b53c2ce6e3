//! Main does something else while jobs keep all cores busy. The arguments are the kind of the jobs, how many
//! microseconds each computes at a time, and the task of main.
//!
//! `timers`: waits for one timer after the other, and reports whether they fired between the jobs. `serve`:
//! tells each client how many microseconds of work the jobs have done, until a client says that it is the
//! last. `waits`: waits until it is stopped.
use std::cell::Cell;
use std::future::pending;
use std::time::{Duration, Instant};

use guest_runtime::net::TcpListener;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use guest_runtime::{FutureGroup, Sender, io, stream};

/// The number of jobs in progress at a time.
const JOBS: usize = 64;

/// The number of levels of a tree below its root.
const LEVELS: u32 = 3;

/// How many times a job computes that waits or sends in between.
const TIMES: u64 = 16;

/// How long all cores together compute while main waits for timers, in microseconds.
const WORK: u64 = 1_500_000;

/// The maximum work of each core between two timers, in microseconds. Timers are a few milliseconds apart; the
/// rest is tolerance for a machine that also runs other programs.
const MOST: u64 = 200_000;

fn spin(micros: u64) {
    let start = Instant::now();
    while start.elapsed() < Duration::from_micros(micros) {}
}

#[guest_runtime::parallel]
async fn leaf(micros: u64) {
    spin(micros);
}

#[guest_runtime::parallel]
async fn tree(micros: u64, levels: u32) {
    spin(micros);
    if levels > 0 {
        (tree(micros, levels - 1).par(), tree(micros, levels - 1).par()).join().await;
    }
}

#[guest_runtime::parallel]
async fn waits(micros: u64) {
    for _ in 0..TIMES {
        spin(micros);
        sleep(Duration::from_micros(500)).await;
    }
}

#[guest_runtime::parallel]
async fn sends(micros: u64, out: Sender<u64>) {
    loop {
        spin(micros);
        out.send(micros).await;
    }
}

/// Keeps jobs in flight without end, and counts the microseconds of work that they have done.
async fn work(kind: &str, micros: u64, done: &Cell<u64>) {
    // Starting an empty job takes some time, too.
    let each = micros.max(10);
    let add = |micros: u64| done.set(done.get() + micros);
    macro_rules! keep_under_way {
        ($job:expr, $amount:expr) => {{
            let mut jobs: FutureGroup<_> = (0..JOBS).map(|_| $job.par()).collect();
            while jobs.next().await.is_some() {
                add($amount);
                jobs.insert($job.par());
            }
        }};
    }
    match kind {
        "leaf" => keep_under_way!(leaf(micros), each),
        "tree" => keep_under_way!(tree(micros, LEVELS), each * ((2 << LEVELS) - 1)),
        "waits" => keep_under_way!(waits(micros), each * TIMES),
        "sends" => {
            let mut items = stream(async |out: Sender<u64>| {
                let jobs: Vec<_> = (0..JOBS).map(|_| sends(micros, out.clone()).par()).collect();
                jobs.join().await;
            });
            while items.next().await.is_some() {
                add(each);
            }
        }
        _ => panic!("no such jobs: {kind}"),
    }
}

/// Returns the maximum work per core between two timers, in microseconds.
async fn most_between_timers(done: &Cell<u64>) -> u64 {
    let cores = guest_runtime::cores() as u64;
    let (mut before, mut most) = (done.get(), 0);
    while done.get() < WORK * cores {
        sleep(Duration::from_millis(5)).await;
        most = most.max((done.get() - before) / cores);
        before = done.get();
    }
    most
}

async fn serve(done: &Cell<u64>) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let mut byte = [0];
    while byte[0] != b'.' {
        let (mut client, _) = listener.accept().await?;
        client.read_exact(&mut byte).await?;
        let done = done.get() / guest_runtime::cores() as u64;
        client.write_all(&done.to_le_bytes()).await?;
        client.close().await?;
    }
    Ok(())
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [kind, micros, what] = arguments.as_slice() else { panic!("three arguments") };
    let micros: u64 = micros.parse().unwrap();
    let done = Cell::new(0);
    let beside = async {
        match what.as_str() {
            "timers" => {
                let most = most_between_timers(&done).await;
                // Several that began at the same time may end at the same time.
                let is_little = most < MOST.max(JOBS as u64 / 2 * micros);
                println!(
                    "{}",
                    if is_little { "timers come".to_owned() } else { format!("{most} us without") }
                );
                Ok(())
            }
            "serve" => serve(&done).await,
            _ => pending().await,
        }
    };
    let work = async {
        work(kind, micros, &done).await;
        Ok(())
    };
    (beside, work).race().await
}
