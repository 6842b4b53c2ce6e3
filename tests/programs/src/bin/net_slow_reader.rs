//! A server that echoes lines. To a client that sends `flood` and a name, it writes endlessly, until the
//! client has not read for a while.
use std::time::Duration;

use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream, WriteHalf};
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

const PIECE: [u8; 10_000] = [b'x'; 10_000];

async fn flood(name: &str, mut writer: WriteHalf) -> io::Result<()> {
    let mut sent = 0;
    while let Ok(length) = timeout(Duration::from_millis(50), writer.write(&PIECE)).await {
        sent += length?;
    }
    // Much data is still in flight to the client that does not read.
    drop(writer);
    eprintln!("gave up on {name} after {sent} bytes");
    Ok(())
}

async fn serve(stream: io::Result<TcpStream>) -> io::Result<()> {
    let (reader, mut writer) = stream?.split();
    let mut lines = reader.lines();
    while let Some(line) = lines.next().await {
        let line = line?;
        if let Some(name) = line.strip_prefix("flood ") {
            return flood(name, writer).await;
        }
        writer.write_all((line + "\n").as_bytes()).await?;
    }
    writer.close().await
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    listener
        .incoming()
        .co()
        .for_each(async |stream| {
            if let Err(error) = serve(stream).await {
                eprintln!("{error}");
            }
        })
        .await;
    Ok(())
}
