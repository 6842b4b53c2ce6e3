//! The access log.

use std::fs;
use std::net::Shutdown;

use tempfile::tempdir;
use tests::{Running, guest, host};

use super::Server;

/// Returns the lines, each without its time and without the seconds that the request took.
fn lines(log: &str) -> Vec<String> {
    let line = |line: &str| {
        let (client, rest) = line.split_once(" - - [").unwrap();
        let (time, rest) = rest.split_once("] ").unwrap();
        assert!(time.ends_with(" +0000") && time.len() == "30/Nov/2026:12:04:59 +0000".len(), "{time}");
        let (rest, took) = rest.rsplit_once(' ').unwrap();
        assert!(took.parse::<f64>().is_ok(), "{took}");
        format!("{client} {rest}")
    };
    log.lines().map(line).collect()
}

#[test]
fn each_request_adds_a_line() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("access.log");
    fs::write(&path, "127.0.0.1 - - [30/Nov/2026:12:04:59 +0000] before 0.1\n").unwrap();
    let file = path.to_str().unwrap();
    let options = ["--access-log", file, "--max-requests", "1", "--cores", "1"];
    let mut server = Server::start(&options);
    assert_eq!(server.get("/?a=b").0, 200);
    assert_eq!(server.get("/\"none\"").0, 404);
    server.exchange("HEAD / HTTP/1.1\r\nhost: here\r\nuser-agent: me\r\nconnection: close\r\n\r\n");
    assert_eq!(server.exchange("GET / HTTP/1.1\r\nconnection: close\r\n\r\n").matches("400").count(), 1);
    let client = server.send("GET /forever HTTP/1.1\r\nhost: here\r\n\r\n");
    server.process.complains("waiting");
    client.shutdown(Shutdown::Both).unwrap();
    // It gets the only permit when the request before is gone.
    assert_eq!(server.get("/").0, 200);
    server.signal("TERM");
    server.process.end().exit(0);
    assert_eq!(
        lines(&fs::read_to_string(&path).unwrap()),
        [
            "127.0.0.1 before",
            "127.0.0.1 \"GET /?a=b HTTP/1.1\" 200 6 \"-\" \"-\"",
            "127.0.0.1 \"GET /\\x22none\\x22 HTTP/1.1\" 404 13 \"-\" \"-\"",
            "127.0.0.1 \"HEAD / HTTP/1.1\" 200 0 \"-\" \"me\"",
            "127.0.0.1 \"GET / HTTP/1.1\" 400 12 \"-\" \"-\"",
            "127.0.0.1 \"GET /forever HTTP/1.1\" 499 0 \"-\" \"-\"",
            "127.0.0.1 \"GET / HTTP/1.1\" 200 6 \"-\" \"-\"",
        ]
    );
}

#[test]
fn it_may_be_stdout() {
    let server = Server::start(&["--access-log", "-"]);
    assert_eq!(server.get("/").0, 200);
    server.signal("TERM");
    let output = server.process.end();
    output.exit(0).stdout_has("\"GET / HTTP/1.1\" 200 6");
}

#[test]
fn a_log_that_cannot_be_opened_is_an_error() {
    let mut command = host();
    command.args(["serve", "--access-log", "/none/access.log"]).arg(guest("serves_wstd"));
    Running::start(command).end().exit(2).stderr_has("cannot open the access log /none/access.log: ");
}
