//! Opens files, TCP sockets or UDP sockets until opening fails, closes them, and opens one more.
use std::fs::File;
use std::net::{TcpListener, UdpSocket};

fn hoard<T>(open: impl Fn() -> std::io::Result<T>) {
    let mut all = Vec::new();
    let error = loop {
        match open() {
            Ok(one) => all.push(one),
            Err(error) => break error,
        }
    };
    println!("{}", all.len());
    eprintln!("{error}");
    drop(all);
    println!("{}", open().is_ok());
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("tcp") => hoard(|| TcpListener::bind("127.0.0.1:0")),
        Some("udp") => hoard(|| UdpSocket::bind("127.0.0.1:0")),
        _ => hoard(|| File::create("/d/file")),
    }
}
