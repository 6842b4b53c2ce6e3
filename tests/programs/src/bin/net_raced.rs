//! Races reading a connection against a timer, and counts its own polls.
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use guest_runtime::io;
use guest_runtime::net::TcpStream;
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

/// What was read, and how often a read and how often the timer has won.
async fn race(mut stream: TcpStream) -> io::Result<(String, u32, u32)> {
    let (mut all, mut reads, mut losses) = (Vec::new(), 0, 0);
    let mut piece = [0; 5];
    loop {
        match timeout(Duration::from_micros(100), stream.read(&mut piece)).await.ok().transpose()? {
            Some(0) => break,
            Some(length) => {
                reads += 1;
                all.extend_from_slice(&piece[..length]);
            }
            None => {
                losses += 1;
                // Only now the other side sends more.
                if losses % 4 == 0 {
                    stream.write_all(b".").await?;
                }
            }
        }
    }
    stream.close().await?;
    Ok((String::from_utf8_lossy(&all).into_owned(), reads, losses))
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let stream = TcpStream::connect(std::env::args().nth(1).unwrap()).await?;
    let mut race = pin!(race(stream));
    let mut polls = 0;
    let result = poll_fn(|context| {
        polls += 1;
        race.as_mut().poll(context)
    });
    let (all, reads, losses) = result.await?;
    println!("{polls} {reads} {losses}");
    print!("{all}");
    Ok(())
}
