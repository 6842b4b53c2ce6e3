//! `#[guest_runtime::serve]`: handlers with the guest runtime, whose requests have jobs.

use std::io::Read as _;
use std::net::Shutdown;

use tests::{App, Running, guest, host};

use super::{Server, status};

const CORES: [&str; 3] = ["1", "2", "8"];

fn start(options: &[&str]) -> Server {
    Server::of("serves", options)
}

#[test]
fn requests_are_answered_on_any_number_of_cores() {
    for cores in CORES {
        let server = start(&["--cores", cores]);
        assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
        assert_eq!(server.get("/none"), (404, "no such path\n".to_owned()));
        assert_eq!(server.get("/squares"), (200, "385\n".to_owned()));
        assert_eq!(server.get("/head?a=b").1, "GET http://here/head?a=b \"127.0.0.1\"\n");
        server.signal("TERM");
        server.process.end().stdout("").exit(0);
    }
}

/// An instance makes its state once.
#[test]
fn an_instance_keeps_its_state() {
    let server = start(&["--cores", "1"]);
    let numbers: Vec<_> = (0..3).map(|_| server.get("/number").1).collect();
    assert_eq!(numbers, ["1\n", "2\n", "3\n"]);
    let fresh = start(&["--fresh"]);
    assert_eq!((fresh.get("/number").1, fresh.get("/number").1), ("1\n".to_owned(), "1\n".to_owned()));
}

#[test]
fn a_known_length_is_sent() {
    let server = start(&[]);
    let get = |path: &str| {
        server.exchange(&format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"))
    };
    assert!(get("/").contains("content-length: 6\r\n"));
    assert!(get("/events").contains("transfer-encoding: chunked\r\n"));
}

#[test]
fn bodies_stream_in_both_directions() {
    let server = start(&[]);
    let post = |path: &str, body: &str| {
        let length = body.len();
        let head = format!("POST {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n");
        server.exchange(&format!("{head}content-length: {length}\r\n\r\n{body}"))
    };
    assert!(post("/upper", "a body").ends_with("A BODY"));
    let body = "x".repeat(2 << 20);
    assert_eq!(post("/echo", &body).matches('x').count(), body.len());
}

#[test]
fn events_arrive_one_by_one() {
    for cores in CORES {
        let server = start(&["--cores", cores]);
        let answer = server.exchange("GET /events HTTP/1.0\r\n\r\n");
        assert!(answer.contains("content-type: text/event-stream\r\n"), "{answer}");
        let (_, events) = answer.split_once("\r\n\r\n").unwrap();
        let event = |n: u32| format!("event: number\ndata: {n}\n\n");
        assert_eq!(events, [1, 2, 3].map(event).concat());
    }
}

/// The second event comes while the response goes on.
#[test]
fn a_stream_and_its_job_end_when_the_client_leaves() {
    let server = start(&["--max-requests", "1"]);
    let mut stream = server.send("GET /endless HTTP/1.0\r\n\r\n");
    let mut seen = String::new();
    while !seen.contains("\n2\n") {
        let mut bytes = [0; 512];
        let length = stream.read(&mut bytes).unwrap();
        assert!(length > 0, "{seen:?}");
        seen += std::str::from_utf8(&bytes[..length]).unwrap();
    }
    stream.shutdown(Shutdown::Both).unwrap();
    drop(stream);
    // It gets the only permit when the request before is gone.
    assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
}

#[test]
fn jobs_end_when_the_client_leaves() {
    for cores in CORES {
        let mut server = start(&["--cores", cores, "--max-requests", "1"]);
        let client = server.send("GET /job HTTP/1.1\r\nhost: here\r\n\r\n");
        server.process.complains("the job waits");
        client.shutdown(Shutdown::Both).unwrap();
        drop(client);
        assert_eq!(server.get("/squares"), (200, "385\n".to_owned()));
    }
}

#[test]
fn failures_are_told_on_stderr_only() {
    let mut server = start(&[]);
    for (path, says) in [
        ("/panic", "as requested"),
        ("/forbidden-header", "the client: the header `connection` is the host's to set"),
    ] {
        let (status, body) = server.get(path);
        assert_eq!(status, 500, "{path}");
        assert!(!body.contains(says), "{body}");
        server.process.complains(says);
    }
    let head = "POST /upper HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-length: 101\r\n\r\n";
    assert_eq!(status(&server.exchange(&format!("{head}{}", "x".repeat(101)))), 500);
    server.process.complains("the body is longer than its limit");
}

#[test]
fn work_goes_on_after_the_response() {
    let mut server = Server::of("serves_after", &["--max-requests", "1"]);
    assert_eq!(server.get("/"), (200, "answered\n".to_owned()));
    server.process.complains("after the response: Ok(())");
    assert_eq!(server.get("/nothing").0, 500, "it has dropped the responder");
    assert_eq!(server.get("/").0, 200);
}

#[test]
fn a_handler_is_no_command() {
    App::new("serves").run().exit(1).stderr_has("`host serve` runs it");
    let mut command = host();
    command.arg("inspect").arg(guest("serves"));
    Running::start(command).end().exit(0).stdout_has("as an HTTP handler, by host serve");
}

#[test]
fn the_handlers_of_the_book_answer() {
    let server = Server::of("handler", &[]);
    assert_eq!(server.get("/1000000"), (200, "78498\n".to_owned()));
    assert_eq!(server.get("/many"), (400, "not a number\n".to_owned()));
    let server = Server::of("progress", &[]);
    let events = server.exchange("GET / HTTP/1.0\r\n\r\n");
    assert!(events.ends_with("event: done\ndata: step 3\n\n"), "{events}");
    let mut server = Server::of("prepared", &[]);
    assert_eq!(server.get("/two").1, "zwei");
    server.process.complains("/two: sent");
}
