//! A server for at most two clients at a time, until stdin ends.
use std::num::NonZeroUsize;
use std::pin::pin;

use guest_runtime::futures_lite::stream;
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
    let stop = pin!(async {
        let mut typed = io::stdin().lines();
        while typed.next().await.is_some() {}
    });

    // The stream owns the listener. When it ends, it drops it, so that later clients are refused.
    let connections =
        stream::unfold((listener, stop), async |(listener, mut stop)| {
            let accepted =
                async { Some(listener.accept().await.map(|(stream, _)| stream)) };
            let stopped = async {
                stop.as_mut().await;
                None
            };
            let stream = (accepted, stopped).race().await?;
            Some((stream, (listener, stop)))
        });
    pin!(connections)
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
