//! `host serve`: components that handle HTTP requests, with real clients.

mod attribute;
mod concurrent;
mod log;
mod sockets;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tests::{Running, guest, host};

use crate::tls::certificates::Certificates;

/// A server that runs a program.
pub(crate) struct Server {
    process: Running,
    client: Client,
}

/// What sends requests to a server.
#[derive(Clone, Copy)]
pub(crate) struct Client {
    address: SocketAddr,
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Server {
    /// Starts a server with the program `serves_wstd`.
    pub(crate) fn start(options: &[&str]) -> Self {
        Self::of("serves_wstd", options)
    }

    /// Returns the address at which it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.client.address
    }

    fn of(app: &str, options: &[&str]) -> Self {
        Self::of_file(&guest(app), options)
    }

    /// Starts a server with the program in this file.
    pub(crate) fn of_file(app: &Path, options: &[&str]) -> Self {
        let mut command = host();
        command.args(["serve", "--addr", "127.0.0.1:0"]).args(options).arg(app);
        let mut process = Running::start(command);
        let line = process.complains("serving on http");
        let address = line.rsplit('/').next().unwrap().trim().parse().unwrap();
        Self { process, client: Client { address } }
    }

    /// Sends a signal.
    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.process.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
}

impl Client {
    /// Opens a connection, and sends this.
    fn send(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    }

    /// Sends a request, and returns all that the server sends until it closes the connection.
    fn exchange(&self, text: &str) -> String {
        let mut answer = String::new();
        // A server that does not read all of a request may reset the connection.
        _ = self.send(text).read_to_string(&mut answer);
        answer
    }

    /// Sends `GET`. Returns the status, and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let answer =
            self.exchange(&format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"));
        (status(&answer), body(&answer).to_owned())
    }
}

#[track_caller]
fn status(answer: &str) -> u16 {
    let code = answer.split(' ').nth(1).and_then(|code| code.parse().ok());
    code.unwrap_or_else(|| panic!("no status in {answer:?}"))
}

/// Returns the body of a response, which may be in chunks.
fn body(answer: &str) -> &str {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if !answer.contains("transfer-encoding: chunked") {
        return body;
    }
    // Each of the bodies here is one chunk.
    body.split_once("\r\n").map_or("", |(_, rest)| rest.split("\r\n").next().unwrap_or_default())
}

#[test]
fn requests_are_answered_on_any_number_of_cores() {
    for cores in ["1", "2", "8"] {
        let server = Server::start(&["--cores", cores]);
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

#[test]
fn several_requests_use_one_connection() {
    let server = Server::start(&[]);
    let request = "GET /number HTTP/1.1\r\nhost: here\r\n\r\n";
    let last = "GET /number HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n";
    let answers = server.exchange(&format!("{request}{request}{last}"));
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    // wstd does not say that an instance may handle a second request.
    assert_eq!(answers.matches("1\n").count(), 3, "{answers}");
}

#[test]
fn an_instance_handles_further_requests_with_reuse() {
    let server = Server::start(&["--reuse", "--cores", "1"]);
    let numbers: Vec<_> = (0..3).map(|_| server.get("/number").1).collect();
    assert_eq!(numbers, ["1\n", "2\n", "3\n"]);
    let fresh = Server::start(&["--fresh"]);
    assert_eq!((fresh.get("/number").1, fresh.get("/number").1), ("1\n".to_owned(), "1\n".to_owned()));
}

#[test]
fn curl_speaks_every_version() {
    let server = Server::start(&[]);
    let url = format!("http://{}", server.address);
    let curl = |args: &[&str], path: &str| {
        let mut command = Command::new("curl");
        command.args(["-s", "-w", "%{http_code} %{http_version}"]).args(args).arg(format!("{url}{path}"));
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(curl(&[], "/"), "hello\n200 1.1");
    assert_eq!(curl(&["--http1.0"], "/"), "hello\n200 1");
    assert_eq!(curl(&["--http2-prior-knowledge"], "/"), "hello\n200 2");
    assert_eq!(curl(&["-I"], "/").lines().last(), Some("200 1.1"));
    assert_eq!(curl(&["-d", "a body"], "/echo"), "a body200 1.1");
    assert_eq!(curl(&["--http2-prior-knowledge", "-d", "a body"], "/echo"), "a body200 2");
}

#[test]
fn the_app_sees_the_request_as_it_was_sent() {
    let server = Server::start(&[]);
    let head = server.get("/head?a=b").1;
    assert_eq!(head, "GET http://here/head?a=b 127.0.0.1\n");
    // What the client says about itself is replaced.
    let forged = "GET /head HTTP/1.1\r\nhost: here\r\nx-forwarded-for: 1.2.3.4\r\nconnection: close\r\n\r\n";
    assert!(server.exchange(forged).contains(" 127.0.0.1\n"));
    // HTTP/1.0 needs no host.
    let old = server.exchange("GET /head HTTP/1.0\r\n\r\n");
    assert!(old.contains(&format!("GET http://{}/head 127.0.0.1\n", server.address)), "{old}");
}

#[test]
fn malformed_requests_are_refused() {
    let server = Server::start(&["--max-body", "100"]);
    let mut many = String::from("GET / HTTP/1.1\r\nhost: here\r\n");
    (0..300).for_each(|number| writeln!(many, "a{number}: b\r").unwrap());
    many += "\r\n";
    for (request, expected) in [
        ("GET / HTTP/1.1\r\nconnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\nconnection: close\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: \u{e9}\r\nconnection: close\r\n\r\n", 400),
        ("not a request\r\n\r\n", 400),
        ("POST /count HTTP/1.1\r\nhost: here\r\ncontent-length: 101\r\nconnection: close\r\n\r\n", 413),
        (&many, 431),
    ] {
        let answer = server.exchange(request);
        assert_eq!(status(&answer), expected, "{request:?}: {answer:?}");
    }
    assert_eq!(server.get("/").0, 200);
}

#[test]
fn a_failed_request_hurts_no_other() {
    let mut server = Server::start(&["--request-timeout", "500ms", "--job-memory", "64MiB", "--cores", "2"]);
    for (path, expected, says) in [
        ("/panic", 500, "GET /panic failed: "),
        ("/exit", 500, "exited with code 1 instead of answering"),
        ("/memory", 500, "GET /memory failed: out of memory"),
        ("/spin", 504, "GET /spin failed: took too long"),
    ] {
        assert_eq!(server.get(path).0, expected, "{path}");
        server.process.complains(says);
        assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
    }
    let client = server.client;
    std::thread::scope(|scope| {
        let spinning: Vec<_> = (0..6).map(|_| scope.spawn(move || client.get("/spin").0)).collect();
        let begun = Instant::now();
        assert_eq!(server.get("/").0, 200);
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        spinning.into_iter().for_each(|one| assert_eq!(one.join().unwrap(), 504));
    });
}

#[test]
fn a_request_is_stopped_when_its_client_leaves() {
    let mut server = Server::start(&["--max-requests", "1"]);
    let client = server.send("GET /forever HTTP/1.1\r\nhost: here\r\n\r\n");
    server.process.complains("waiting");
    client.shutdown(Shutdown::Both).unwrap();
    drop(client);
    // It gets the only permit when the request before is gone.
    assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
}

#[test]
fn requests_beyond_the_limit_wait_and_further_ones_are_refused() {
    let mut server = Server::start(&["--max-requests", "1"]);
    let first = server.send("GET /forever HTTP/1.1\r\nhost: here\r\n\r\n");
    server.process.complains("waiting");
    let mut second = server.send("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    // One of the two waits, and the other is refused, whichever arrives first.
    let mut third = server.send("GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
    let (sender, ended) = std::sync::mpsc::channel();
    for mut stream in [second.try_clone().unwrap(), third.try_clone().unwrap()] {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut answer = String::new();
            _ = stream.read_to_string(&mut answer);
            _ = sender.send(answer);
        });
    }
    let refused = ended.recv().unwrap();
    assert_eq!(status(&refused), 503);
    assert!(refused.contains("retry-after: 1"), "{refused}");
    drop(first);
    assert_eq!(status(&ended.recv().unwrap()), 200);
    _ = (second.flush(), third.flush());
}

#[test]
fn bodies_of_any_size_pass_through() {
    let server = Server::start(&["--cores", "2"]);
    let body = "x".repeat(5 << 20);
    let head = format!(
        "POST /echo HTTP/1.1\r\nhost: here\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
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
    assert_eq!(answer.iter().filter(|&&byte| byte == b'x').count(), body.len());
}

#[test]
fn a_slow_client_is_disconnected() {
    let server = Server::start(&["--header-timeout", "200ms", "--idle-timeout", "300ms"]);
    let mut answer = String::new();
    server.send("GET / HT").read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "", "half a head");
    let mut idle = server.send("GET / HTTP/1.1\r\nhost: here\r\n\r\n");
    idle.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 200, "then it was idle");
}

#[test]
fn an_idle_connection_makes_room_for_another() {
    let server = Server::start(&["--max-connections", "2"]);
    let mut idle: Vec<_> = (0..2).map(|_| server.send("GET / HTTP/1.1\r\nhost: here\r\n\r\n")).collect();
    // Their first requests are answered, so they are idle.
    for stream in &mut idle {
        let mut bytes = [0; 512];
        assert!(stream.read(&mut bytes).unwrap() > 0);
    }
    assert_eq!(server.get("/"), (200, "hello\n".to_owned()));
}

#[test]
fn a_signal_lets_requests_end() {
    let mut server = Server::start(&["--health", "/healthz"]);
    assert_eq!(server.get("/healthz"), (200, "OK\n".to_owned()));
    let mut slow = server.send("GET /sleep HTTP/1.1\r\nhost: here\r\n\r\n");
    let mut late = server.send("GET / HTTP/1.1\r\nhost: here\r\n\r\n");
    let mut bytes = [0; 512];
    assert!(late.read(&mut bytes).unwrap() > 0, "now the server has read the request before");
    server.signal("TERM");
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("slept"), "{answer}");
    // The idle connection is closed at once.
    assert_eq!(late.read(&mut bytes).unwrap_or_default(), 0);
    server.process.complains("serving on");
    server.process.end().stdout("").exit(0);
}

#[test]
fn what_does_not_end_in_time_is_stopped() {
    let mut server = Server::start(&["--drain", "100ms"]);
    let _client = server.send("GET /forever HTTP/1.1\r\nhost: here\r\n\r\n");
    server.process.complains("waiting");
    server.signal("TERM");
    server.process.end().stdout("").exit(0);
}

#[test]
fn https_with_a_certificate() {
    let certificates = Certificates::make();
    let (certificate, key) = (certificates.certificate(), certificates.key());
    let server = Server::start(&["--tls-cert", &certificate, "--tls-key", &key]);
    for (version, expected) in [("--http1.1", "hello\n1.1"), ("--http2", "hello\n2")] {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-w", "%{http_version}", "--cacert", &certificates.ca(), version]);
        let output = curl.arg(format!("https://{}/", server.address)).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    }
    let mut command = host();
    command.args(["serve", "--tls-cert", &key, "--tls-key", &key]).arg(guest("serves_wstd"));
    Running::start(command).end().exit(66).stderr_is_one_line().stderr_has("cannot use the certificate");
}

#[test]
fn what_is_no_server_says_so() {
    let serve = |args: &[&str], app: &str| {
        let mut command = host();
        command.arg("serve").args(args).arg(guest(app));
        Running::start(command).end()
    };
    serve(&[], "peers_exit").exit(65).stderr_is_one_line().stderr_has("a command, not an HTTP handler");
    serve(&["--timeout", "1s"], "serves_wstd").exit(2).stderr_has("--request-timeout limits each request");
    let server = Server::start(&[]);
    let taken = serve(&["--addr", &server.address.to_string()], "serves_wstd");
    taken.exit(71).stderr_is_one_line().stderr_has("cannot listen at 127.0.0.1:");
}
