//! Sends each line of stdin to one address, and prints replies of that address only.
use guest_runtime::io;
use guest_runtime::net::UdpSocket;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut socket = UdpSocket::bind("127.0.0.1:0").await?;
    println!("{:?}", socket.send(b"to whom?").await.unwrap_err().kind());
    socket.connect(std::env::args().nth(1).unwrap()).await?;
    println!("{}", socket.local_addr()?);
    let mut lines = io::stdin().lines();
    while let Some(line) = lines.next().await {
        socket.send(line?.as_bytes()).await?;
        // What does not fit is lost.
        let mut buffer = [0; 8];
        let length = socket.recv(&mut buffer).await?;
        println!("{}", String::from_utf8_lossy(&buffer[..length]));
    }
    println!("{:?}", socket.send(&[0; 100_000]).await.unwrap_err().kind());
    Ok(())
}
