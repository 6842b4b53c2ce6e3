//! Echoes datagrams with two concurrent receivers, each of which reports what it received.
use guest_runtime::io;
use guest_runtime::net::UdpSocket;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:0".to_owned());
    let socket = UdpSocket::bind(address).await?;
    println!("{}", socket.local_addr()?);
    let echo = async || {
        let mut buffer = [0; 1500];
        let (length, from) = socket.recv_from(&mut buffer).await?;
        socket.send_to(&buffer[..length], from).await
    };
    loop {
        let lengths = (echo(), echo()).try_join().await?;
        println!("{lengths:?}");
    }
}
