//! Streams: all bytes, in order, at the pace of the reader.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

use tests::App;

#[test]
fn all_that_is_read_is_written() {
    for size in [0, 1, 4096, 65_536, 65_537, 10_000_000] {
        let bytes: Vec<u8> = (0..size).map(|n: usize| (n * n >> 3) as u8).collect();
        let output = App::new("io_cat").stdin(bytes.clone()).run();
        output.exit(0).stderr(&format!("{size}\n"));
        assert!(output.stdout == bytes, "{size} bytes");
    }
}

/// Its pollable is a child of the stream, and the stream went first: the program trapped.
#[test]
fn a_socket_that_was_waited_for_is_dropped() {
    let mut running = App::new("io_dropped").option("-S").option("inherit-network").start();
    let mut lines = BufReader::new(running.stdout()).lines().map(Result::unwrap);
    let mut stream = TcpStream::connect(lines.next().unwrap()).unwrap();
    let written: usize = lines.next().unwrap().parse().unwrap();
    stream.read_exact(&mut vec![0; written]).unwrap();
    drop(running.stdin());
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(lines.next().as_deref(), Some("dropped"));
    running.end().exit(0).stderr("");
}
