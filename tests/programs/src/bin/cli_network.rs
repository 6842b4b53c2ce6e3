//! Tries to use the network, from main and from a job; the argument is an address.
use std::io::Read as _;
use std::net::TcpStream;

use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn get(address: String) -> String {
    let read = |mut stream: TcpStream| {
        let mut text = String::new();
        stream.read_to_string(&mut text).map(|_| text)
    };
    match TcpStream::connect(address).and_then(read) {
        Ok(text) => text,
        Err(_) => "no network".into(),
    }
}

#[guest_runtime::main]
async fn main() {
    let address = std::env::args().nth(1).unwrap();
    println!("{}", get(address.clone()).await);
    println!("{}", get(address).par().await);
}
