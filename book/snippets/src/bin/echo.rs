//! Echoes what each client sends.
use guest_runtime::io;
use guest_runtime::net::TcpListener;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let connections = listener.incoming().co().map(async |stream| {
        let (reader, writer) = stream?.split();
        io::copy(reader, writer).await
    });
    // If one of them fails, we can ignore it.
    connections.for_each(async |_copied| {}).await;
    Ok(())
}
