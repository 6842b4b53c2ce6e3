//! The options of a connection, and each direction shut down by itself.
use std::time::Duration;

use guest_runtime::io;
use guest_runtime::net::{Shutdown, TcpStream};
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap();
    let mut stream = TcpStream::connect(&address).await?;
    assert_eq!(stream.peer_addr()?.to_string(), address);
    println!("{}", stream.local_addr()?);

    println!("{:?}", stream.keepalive()?);
    stream.set_keepalive(Some(Duration::from_secs(77)))?;
    println!("{:?}", stream.keepalive()?);
    stream.set_keepalive(None)?;
    println!("{:?}", stream.keepalive()?);
    println!("{:?}", stream.set_keepalive(Some(Duration::ZERO)).unwrap_err().kind());

    // The other side sends back what it got when there is no more.
    stream.write_all(b"all of it").await?;
    stream.shutdown(Shutdown::Write)?;
    println!("{:?}", stream.write_all(b"more").await.unwrap_err().kind());
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    println!("{answer}");

    let mut stream = TcpStream::connect(&address).await?;
    stream.shutdown(Shutdown::Read)?;
    println!("{}", stream.read(&mut [0; 16]).await?);
    stream.write_all(b"and this").await?;
    stream.close().await
}
