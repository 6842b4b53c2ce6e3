//! An echo server with a limit on concurrent connections, its second argument.
use std::num::NonZeroUsize;

use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;

async fn echo(stream: TcpStream) -> io::Result<()> {
    let (reader, mut writer) = stream.split();
    io::copy(reader, &mut writer).await?;
    writer.close().await
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:0".to_owned());
    let limit = arguments.next().map_or(100, |limit| limit.parse().unwrap());
    let listener = TcpListener::bind(address).await?;
    println!("{}", listener.local_addr()?);
    let connections = listener.incoming().co().limit(NonZeroUsize::new(limit));
    connections
        .for_each(async |stream| {
            if let Err(error) = async { echo(stream?).await }.await {
                eprintln!("{error}");
            }
        })
        .await;
    Ok(())
}
