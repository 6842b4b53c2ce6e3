//! An echo server on wstd.
//!
//! The argument is the address to listen on.

#![expect(missing_docs, reason = "the attribute of wstd makes its main public")]

use wstd::io;
use wstd::iter::AsyncIterator as _;
use wstd::net::TcpListener;
use wstd::runtime::spawn;

#[wstd::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).expect("an address");
    let listener = TcpListener::bind(&address).await?;
    let mut incoming = listener.incoming();
    while let Some(stream) = incoming.next().await {
        let stream = stream?;
        // Errors of a connection end only that connection.
        spawn(async move { drop(io::copy(&stream, &stream).await) }).detach();
    }
    Ok(())
}
