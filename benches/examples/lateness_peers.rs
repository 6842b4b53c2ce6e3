//! The native peer of `lateness` on tokio's multi-threaded runtime: 64 computing tasks in progress, clients
//! that get answers, and one timer after the other.
//!
//! The arguments are the address to listen on, how many microseconds a task computes, and the number of
//! threads.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../src/load.rs"]
mod load;

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// Keeps the number of tasks constant: starts another one when one ends.
async fn work(time: Duration) {
    let job = move || async move { load::spin(time) };
    let mut jobs: JoinSet<_> = (0..load::JOBS).map(|_| job()).collect();
    while jobs.join_next().await.is_some() {
        jobs.spawn(job());
    }
}

async fn timers(late: &mut Vec<Duration>) {
    for number in 0.. {
        let deadline = Instant::now() + load::nap(number);
        sleep_until(deadline).await;
        late.push(deadline.elapsed());
    }
}

/// Answers one client after the other, until one requests the end.
async fn answer(listener: TcpListener) -> io::Result<()> {
    let mut byte = [0];
    while byte[0] != load::END {
        let (mut stream, _) = listener.accept().await?;
        stream.read_exact(&mut byte).await?;
        stream.write_all(&byte).await?;
    }
    Ok(())
}

async fn run(address: String, time: Duration) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    let mut late = Vec::new();
    tokio::select! {
        answered = answer(listener) => answered?,
        () = work(time) => {}
        () = timers(&mut late) => {}
    }
    load::print(&late);
    Ok(())
}

fn main() -> io::Result<()> {
    let (address, time, threads) = load::arguments();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    // As a task, so that it runs on one of the worker threads.
    runtime.block_on(runtime.spawn(run(address, time)))?
}
