//! Keeps 64 jobs in progress that each compute for some microseconds. Meanwhile it answers clients and waits
//! for one timer after the other. Prints how many milliseconds late each timer was.
//!
//! The arguments are the address to listen on and the microseconds. A client sends a byte and gets it back; a
//! full stop ends the program.

#![expect(clippy::print_stdout, reason = "a program's output")]

#[path = "../load.rs"]
mod load;

use std::time::{Duration, Instant};

use guest_runtime::FutureGroup;
use guest_runtime::io;
use guest_runtime::net::TcpListener;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep_until;

#[guest_runtime::parallel]
async fn job(time: Duration) {
    load::spin(time);
}

/// Keeps the number of jobs constant: starts another one when one ends.
async fn work(time: Duration) {
    let mut jobs: FutureGroup<_> = (0..load::JOBS).map(|_| job(time).par()).collect();
    while jobs.next().await.is_some() {
        jobs.insert(job(time).par());
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
        stream.close().await?;
    }
    Ok(())
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let (address, time, _) = load::arguments();
    let listener = TcpListener::bind(&*address).await?;
    let mut late = Vec::new();
    let load = async {
        (work(time), timers(&mut late)).join().await;
        Ok(())
    };
    (answer(listener), load).race().await?;
    load::print(&late);
    Ok(())
}
