//! An echo server.
//!
//! The argument is the address to listen on.

use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream};
use guest_runtime::prelude::*;

async fn serve(stream: io::Result<TcpStream>) -> io::Result<u64> {
    let (reader, writer) = stream?.split();
    io::copy(reader, writer).await
}

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).expect("an address");
    let listener = TcpListener::bind(&*address).await?;
    // Errors of a connection end only that connection.
    listener.incoming().co().for_each(async |stream| _ = serve(stream).await).await;
    Ok(())
}
