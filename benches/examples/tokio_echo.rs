//! An echo server on tokio.
//!
//! This is a cargo example so that it is not built for the host: with `--cfg tokio_unstable`, tokio 1.54 can
//! listen there, but its `accept` fails (EINVAL, under every runtime). The argument is the address to listen
//! on.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// More than a client sends at once.
const CHUNK: usize = 8 << 10;

async fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            length => stream.write_all(&buffer[..length]).await?,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).expect("an address");
    let listener = TcpListener::bind(address).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        // Errors of a connection end only that connection.
        tokio::spawn(async { drop(serve(stream).await) });
    }
}
