//! Two receivers on one socket: a datagram that one of them finds is not lost to the other, which already
//! waits.
use std::time::Duration;

use guest_runtime::futures_lite::future::yield_now;
use guest_runtime::io;
use guest_runtime::net::UdpSocket;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let (here, there) = (UdpSocket::bind("127.0.0.1:0"), UdpSocket::bind("127.0.0.1:0")).try_join().await?;
    let receive = async || {
        let mut buffer = [0; 8];
        let length = here.recv(&mut buffer).await?;
        io::Result::Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
    };
    let waits = receive();
    let finds = async {
        // The other one is polled first, and waits by now.
        yield_now().await;
        there.send_to(b"one", here.local_addr()?).await?;
        there.send_to(b"two", here.local_addr()?).await?;
        // Blocks this instance, so that both have arrived before a receiver is woken.
        std::thread::sleep(Duration::from_millis(20));
        receive().await
    };
    let (waited, found) = (waits, finds).try_join().await?;
    let mut both = [waited, found];
    both.sort();
    println!("{both:?}");
    Ok(())
}
