//! Answers each request of HTTP/1 with its first line, and closes.
use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;

async fn respond(stream: io::Result<TcpStream>) -> io::Result<()> {
    let (reader, mut writer) = stream?.split();
    let mut lines = reader.lines();
    let request = lines.next().await.transpose()?.unwrap_or_default();
    // The headers, up to the empty line.
    while lines.next().await.transpose()?.is_some_and(|line| !line.is_empty()) {}
    let head = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", request.len());
    writer.write_all((head + &request).as_bytes()).await?;
    writer.close().await
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let connections = listener.incoming().co();
    connections
        .for_each(async |stream| respond(stream).await.unwrap_or_else(|error| eprintln!("{error}")))
        .await;
    Ok(())
}
