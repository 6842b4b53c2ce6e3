//! The book compares these programs with those of another runtime: both do the same, and ours are no longer.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::ChildStdout;

use tests::{App, Running, root};

use crate::http_client::server::Server;

#[test]
fn ours_are_no_longer() {
    let programs = root().join("book/snippets/src/bin");
    let lines = |name: &str| {
        let text = fs::read_to_string(programs.join(name)).unwrap();
        text.lines().filter(|line| !line.trim().is_empty()).count()
    };
    let names =
        fs::read_dir(&programs).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let theirs: Vec<_> = names.filter(|name| name.starts_with("wstd_")).collect();
    assert!(theirs.len() >= 3, "{theirs:?}");
    for name in theirs {
        let (ours, theirs) = (lines(name.trim_start_matches("wstd_")), lines(&name));
        assert!(ours <= theirs, "{name} has {theirs} lines, and ours {ours}");
    }
}

#[test]
fn both_copy() {
    for program in ["cat", "wstd_cat"] {
        App::new(program).stdin("a line\nand a half").run().stdout("a line\nand a half").exit(0);
    }
}

#[test]
fn both_get() {
    for program in ["get", "wstd_get"] {
        let app = App::new(program).option("-S").option("http");
        app.env("SERVER", &Server::start().url("")).run().stdout("200 OK\nhello\n").exit(0);
    }
}

/// Returns the address that a server prints first, and the rest of its output.
fn address(running: &mut Running) -> (String, BufReader<ChildStdout>) {
    let (mut address, mut printed) = (String::new(), BufReader::new(running.stdout()));
    printed.read_line(&mut address).unwrap();
    (address.trim().to_owned(), printed)
}

#[test]
fn both_echo() {
    for program in ["echo", "wstd_echo"] {
        let mut running = App::new(program).option("-S").option("inherit-network").start();
        let (address, _printed) = address(&mut running);
        let silent = TcpStream::connect(&address).unwrap();
        for _ in 0..3 {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(b"hello").unwrap();
            let mut echoed = [0; 5];
            stream.read_exact(&mut echoed).unwrap();
            assert_eq!(&echoed, b"hello", "{program}");
        }
        drop(silent);
    }
}

#[test]
fn a_server_serves_all_that_came_before_its_end() {
    let mut running = App::new("server").option("-S").option("inherit-network").start();
    let (address, mut printed) = address(&mut running);
    let exchange = |mut stream: TcpStream| {
        stream.write_all(b"one\ntwo\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "ONE\nTWO\n");
    };
    // One after the other, because only two are served at a time.
    for _ in 0..5 {
        exchange(TcpStream::connect(&address).unwrap());
    }
    let mut last = TcpStream::connect(&address).unwrap();
    last.write_all(b"half ").unwrap();
    // It is being served when the server is stopped.
    last.write_all(b"a line\n").unwrap();
    let mut lines = BufReader::new(last.try_clone().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "HALF A LINE");
    drop(running.stdin());
    exchange(last);
    let mut rest = String::new();
    printed.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "all are served\n");
    running.end().exit(0).stderr("");
}
