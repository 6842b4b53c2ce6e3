//! A connection stays where it was made.
use guest_runtime::net::TcpStream;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn greet(name: &str, stream: &mut TcpStream) {
    stream.write_all(name.as_bytes()).await.unwrap();
}

fn main() {}
