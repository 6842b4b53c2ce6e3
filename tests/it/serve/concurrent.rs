//! Handlers of WASI 0.3: the same server, limits and ends of requests as for those of 0.2.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::process::Command;

use tests::{Running, guest, host};

use super::{Server, status};

const CORES: [&str; 3] = ["1", "2", "8"];

fn start(options: &[&str]) -> Server {
    Server::of("serves03", options)
}

/// Returns a request with a body in one chunk and a trailer.
fn with_trailer(path: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: here\r\nte: trailers\r\ntrailer: x-sum\r\nconnection: close\r\n\
         transfer-encoding: chunked\r\n\r\n6\r\na body\r\n0\r\nx-sum: abc\r\n\r\n"
    )
}

#[test]
fn requests_are_answered_on_any_number_of_cores() {
    for cores in CORES {
        let server = start(&["--cores", cores]);
        assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
        assert_eq!(server.get("/none"), (404, "no such path\n".to_owned()));
        let client = server.client;
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..20).map(|_| scope.spawn(move || client.get("/sleep"))).collect();
            all.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), (200, "slept\n".to_owned())));
        });
        server.signal("TERM");
        server.process.end().stdout("").exit(0);
    }
}

/// A handler of WASI 0.3 has to expect further requests.
#[test]
fn an_instance_handles_further_requests_unless_it_is_fresh() {
    let server = start(&["--cores", "1"]);
    let numbers: Vec<_> = (0..3).map(|_| server.get("/number").1).collect();
    assert_eq!(numbers, ["1\n", "2\n", "3\n"]);
    let fresh = start(&["--fresh"]);
    assert_eq!((fresh.get("/number").1, fresh.get("/number").1), ("1\n".to_owned(), "1\n".to_owned()));
}

#[test]
fn the_app_sees_the_request_as_it_was_sent() {
    let server = start(&[]);
    assert_eq!(server.get("/head?a=b").1, "Method::Get http://here/head?a=b 127.0.0.1\n");
    let old = server.exchange("GET /head HTTP/1.0\r\n\r\n");
    assert!(old.contains(&format!("http://{}/head 127.0.0.1\n", server.address)), "{old}");
    let malformed = "GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n";
    assert_eq!(status(&server.exchange(malformed)), 400);
}

#[test]
fn bodies_of_any_size_pass_through() {
    for (cores, path) in [("1", "/echo"), ("2", "/copy"), ("8", "/copy")] {
        let server = start(&["--cores", cores]);
        let body = "x".repeat(5 << 20);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: here\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let mut stream = server.send(&head);
        let mut reader = stream.try_clone().unwrap();
        let answer = std::thread::spawn(move || {
            let mut answer = Vec::new();
            reader.read_to_end(&mut answer).unwrap();
            answer
        });
        stream.write_all(body.as_bytes()).unwrap();
        let answer = answer.join().unwrap();
        let head = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
        assert_eq!(answer[head..].iter().filter(|&&byte| byte == b'x').count(), body.len(), "{path}");
    }
}

#[test]
fn trailers_pass_in_both_directions() {
    let server = start(&[]);
    let copied = server.exchange(&with_trailer("/copy"));
    assert!(copied.ends_with("6\r\na body\r\n0\r\nx-sum: ABC\r\n\r\n"), "{copied:?}");
    assert!(server.exchange(&with_trailer("/echo")).contains("a body"));
}

/// Both directions at the same time: an answer begins before the request has ended.
#[test]
fn an_answer_begins_before_the_request_ends() {
    let server = start(&[]);
    let mut stream = server.send("POST /copy HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n");
    for piece in ["first", "second"] {
        stream.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes()).unwrap();
        let mut seen = String::new();
        while !seen.contains(piece) {
            let mut bytes = [0; 512];
            let length = stream.read(&mut bytes).unwrap();
            assert!(length > 0, "{seen:?}");
            seen += std::str::from_utf8(&bytes[..length]).unwrap();
        }
    }
}

#[test]
fn a_body_that_is_too_long_is_an_error_for_the_app() {
    let server = start(&["--max-body", "5"]);
    let answer = server.exchange(&with_trailer("/count"));
    assert!(answer.contains("and then ErrorCode::HttpRequestBodySize"), "{answer}");
}

#[test]
fn a_failed_request_hurts_no_other() {
    let mut server = start(&["--request-timeout", "500ms", "--job-memory", "64MiB", "--cores", "2"]);
    for (path, expected, says) in [
        ("/panic", 500, "GET /panic failed: "),
        (
            "/refuse",
            500,
            "GET /refuse failed: the handler answered with the error ErrorCode::HttpRequestDenied",
        ),
        ("/exit", 500, "exited with code 1 instead of answering"),
        ("/memory", 500, "GET /memory failed: out of memory"),
        ("/spin", 504, "GET /spin failed: took too long"),
        ("/forever", 504, "GET /forever failed: took too long"),
    ] {
        assert_eq!(server.get(path).0, expected, "{path}");
        server.process.complains(says);
        assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
    }
}

/// The engine ends the body of a handler that traps, as if it were complete.
#[test]
fn a_body_that_is_cut_short_looks_so() {
    let mut server = start(&["--request-timeout", "300ms"]);
    for (path, says) in [
        ("/cut", "GET /cut failed after its response had begun: trapped"),
        ("/piece", "GET /piece failed after its response had begun: took too long"),
    ] {
        let answer =
            server.exchange(&format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"));
        assert!(!answer.contains("\r\n0\r\n"), "{path}: {answer:?}");
        server.process.complains(says);
    }
    let server = start(&[]);
    let whole = server.exchange("GET /late HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    assert!(whole.contains("a late piece\n") && whole.ends_with("\r\n0\r\n\r\n"), "{whole:?}");
}

#[test]
fn a_request_is_stopped_when_its_client_leaves() {
    for path in ["/forever", "/piece"] {
        let mut server = start(&["--max-requests", "1"]);
        let client = server.send(&format!("GET {path} HTTP/1.1\r\nhost: here\r\n\r\n"));
        server.process.complains("waiting");
        client.shutdown(Shutdown::Both).unwrap();
        drop(client);
        // It gets the only permit when the request before is gone.
        assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
    }
}

#[test]
fn jobs_run_inside_of_a_request_and_end_with_it() {
    for cores in CORES {
        let mut server = start(&["--cores", cores, "--max-requests", "1"]);
        assert_eq!(server.get("/jobs"), (200, "110\n".to_owned()));
        let client = server.send("GET /waits-for-job HTTP/1.1\r\nhost: here\r\n\r\n");
        server.process.complains("the job waits");
        client.shutdown(Shutdown::Both).unwrap();
        assert_eq!(server.get("/jobs"), (200, "110\n".to_owned()));
        server.signal("TERM");
        server.process.end().exit(0);
    }
}

#[test]
fn work_goes_on_after_the_response() {
    let mut server = start(&["--max-requests", "1", "--cores", "1"]);
    assert_eq!(server.get("/after"), (200, "answered\n".to_owned()));
    server.process.complains("after the response: Ok(())");
    // The same instance goes on.
    assert_eq!(server.get("/number"), (200, "2\n".to_owned()));
}

#[test]
fn a_drain_waits_for_work_after_the_response() {
    let server = start(&[]);
    assert_eq!(server.get("/after").0, 200);
    server.signal("TERM");
    server.process.end().exit(0).stderr_has("after the response: Ok(())");
}

#[test]
fn curl_speaks_every_version() {
    let server = start(&[]);
    let url = format!("http://{}", server.address);
    let curl = |args: &[&str], path: &str| {
        let mut command = Command::new("curl");
        command.args(["-s", "-w", "%{http_code} %{http_version}"]).args(args).arg(format!("{url}{path}"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert_eq!(curl(&["--http1.0"], "/"), "hello\n200 1");
    assert_eq!(curl(&["--http2-prior-knowledge"], "/"), "hello\n200 2");
    assert_eq!(curl(&["-I"], "/").lines().last(), Some("200 1.1"));
    assert_eq!(curl(&["--http2-prior-knowledge", "-d", "a body"], "/copy"), "a body200 2");
}

#[test]
fn inspect_says_what_serves_it() {
    let mut command = host();
    command.arg("inspect").arg(guest("serves03"));
    let inspected = Running::start(command).end();
    inspected.exit(0).stdout_has("wasi:http/handler@0.3.").stdout_has("yes, by host serve, on many cores");
}
