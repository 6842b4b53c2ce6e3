//! A server for at most two clients at a time, until stdin ends.
use std::num::NonZeroUsize;

use guest_runtime::futures_lite::stream::stop_after_future;
use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;

async fn shout(stream: io::Result<TcpStream>) -> io::Result<()> {
    let (reader, mut writer) = stream?.split();
    let mut lines = reader.lines();
    while let Some(line) = lines.next().await {
        writer.write_all((line?.to_uppercase() + "\n").as_bytes()).await?;
    }
    writer.close().await
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);

    // Completes when stdin ends.
    let stop = async {
        let mut typed = io::stdin().lines();
        while typed.next().await.is_some() {}
    };

    let connections = stop_after_future(listener.incoming(), stop);
    connections
        .co()
        .limit(NonZeroUsize::new(2))
        .for_each(async |stream| {
            // An error of one connection does not affect the others.
            if let Err(error) = shout(stream).await {
                eprintln!("{error}");
            }
        })
        .await;
    println!("all are served");
    Ok(())
}
