//! `-S http`: requests to web servers, sent by the host.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};

use tests::App;

/// Starts a server that runs until the test process ends. `/late` waits for the next `/echo`.
fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut pair: (Option<Sender<()>>, Option<Receiver<()>>) = (None, None);
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).is_ok_and(|bytes| bytes > 0) {}
            // The first of the two requests creates the channel.
            if pair.0.is_none() && pair.1.is_none() {
                let (sender, receiver) = channel();
                pair = (Some(sender), Some(receiver));
            }
            let path = head.split(' ').nth(1).unwrap_or_default();
            let (sender, receiver) = match path {
                "/echo" => (pair.0.take(), None),
                "/late" => (None, pair.1.take()),
                _ => (None, None),
            };
            std::thread::spawn(move || answer(&head, stream, sender, receiver));
        }
    });
    address
}

fn answer(
    head: &str,
    mut stream: BufReader<TcpStream>,
    echoed: Option<Sender<()>>,
    late: Option<Receiver<()>>,
) {
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    drop(echoed);
    // Nothing is sent through the channel; the wait ends when the other end is dropped.
    late.into_iter().for_each(|late| _ = late.recv());
    let (status, body) = match head.split(' ').nth(1).unwrap_or_default() {
        "/echo" => ("200 OK", body),
        "/moved" => ("302 Found\r\nlocation: /echo", b"over there".to_vec()),
        _ => ("200 OK", b"hello".to_vec()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    let mut stream = stream.into_inner();
    // The client may have disconnected, because it expects TLS.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

#[test]
fn wstd() {
    let expected =
        "200 hello\nechoed\n302 over there\nErrorCode::ConnectionRefused\nErrorCode::TlsProtocolError\n";
    for cores in [1, 2] {
        let app = App::new("peers_wstd_http").cores(cores).arg(serve().to_string());
        app.option("-S").option("http").run().stdout(expected).stderr("").exit(0);
    }
}

/// The app starts without the grant, because it may handle the error. One that does is not warned.
#[test]
fn without_the_grant_each_request_is_denied() {
    let app = App::new("peers_wstd_http").arg(serve().to_string());
    let output = app.option("-S").option("inherit-network").run();
    output.stdout(&"ErrorCode::HttpRequestDenied\n".repeat(5));
    output.stderr("").exit(0);
}
