//! A server that sends back what it is sent, with tokio.
//!
//! An example, so that it is not built for the host: with `--cfg tokio_unstable` tokio 1.54 listens there,
//! too, but its `accept` fails (EINVAL, under every runtime). The argument is the address to listen on.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// As much as a client sends, and more.
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
        // A client that goes away is no reason to end.
        tokio::spawn(async { drop(serve(stream).await) });
    }
}
