//! Prints the error kinds of failing socket operations.
use std::net::SocketAddr;

use guest_runtime::io;
use guest_runtime::net::{TcpListener, TcpStream, UdpSocket, lookup_host};
use guest_runtime::prelude::*;

fn tell<T>(what: &str, result: io::Result<T>) {
    match result {
        Ok(_) => println!("{what}: fine"),
        Err(error) => println!("{what}: {:?}", error.kind()),
    }
}

/// The arguments are the address of a server that resets connections, and an unused one.
#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut addresses = std::env::args().skip(1).map(|address| address.parse::<SocketAddr>().unwrap());
    let (resets, unused) = (addresses.next().unwrap(), addresses.next().unwrap());
    tell("connect", TcpStream::connect(unused).await);
    tell("connect to one of two", TcpStream::connect(&[unused, resets][..]).await);
    tell("connect to none", TcpStream::connect(&[][..]).await);
    tell("look up", lookup_host("localhost:1").await);
    tell("look up nonsense", lookup_host("localhost").await);
    tell("udp", UdpSocket::bind("127.0.0.1:0").await);
    tell("listen elsewhere", TcpListener::bind("203.0.113.1:0").await);
    let listener = TcpListener::bind("127.0.0.1:0").await;
    tell("listen", listener.as_ref().map_err(|error| error.kind().into()));
    let Ok(listener) = listener else { return Ok(()) };
    tell("listen again", TcpListener::bind(listener.local_addr()?).await);

    let mut stream = TcpStream::connect(resets).await?;
    stream.write_all(b"these are not read").await?;
    tell("read", stream.read(&mut [0; 16]).await);
    tell("read again", stream.read(&mut [0; 16]).await);
    // Writing to a connection that was reset fails.
    tell("write", stream.write_all(&[0; 1_000_000]).await);
    Ok(())
}
