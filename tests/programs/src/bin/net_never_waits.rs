//! A connection makes progress although the instance never waits: something else is ready whenever it polls.
use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;
use guest_runtime::{ParallelFuture, io, wait_for};

#[guest_runtime::parallel]
async fn nothing() {}

async fn talk() -> io::Result<[u8; 2]> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut client = TcpStream::connect(listener.local_addr()?).await?;
    let (mut server, _) = listener.accept().await?;
    client.write_all(b"hi").await?;
    let mut heard = [0; 2];
    server.read_exact(&mut heard).await?;
    Ok(heard)
}

/// Waits again and again for a job that has ended.
async fn never_wait<T>(mut job: ParallelFuture<'_, ()>) -> T {
    job.start();
    loop {
        wait_for(job.pollable()).await;
    }
}

#[guest_runtime::main]
async fn main() {
    println!("{:?}", (talk(), never_wait(nothing().par())).race().await);
}
