//! Writes to a socket until it has to wait, and drops it when there is room again.
use guest_runtime::futures_lite::future::poll_once;
use guest_runtime::net::TcpListener;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let (mut stream, _) = listener.accept().await?;
    let mut written = 0;
    while let Some(length) = poll_once(stream.write(&[b'a'; 65_536])).await {
        written += length?;
    }
    println!("{written}");
    // The peer signals when everything has arrived.
    let mut end = Vec::new();
    guest_runtime::io::stdin().read_to_end(&mut end).await?;
    drop(stream);
    println!("dropped");
    Ok(())
}
