//! The HTTP client, against correct and misbehaving servers.

pub(crate) mod server;

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::tempdir;
use tests::{App, Output, Portable, guest};

use server::{Seen, Server, TOGETHER};

fn app(name: &str) -> App {
    App::new(name).option("-S").option("http")
}

/// Runs this program with the address of the server.
#[track_caller]
fn run(name: &str, server: &Server) -> Output {
    app(name).arg(server.url("")).run()
}

/// Checks what `http_get` prints for these paths.
#[track_caller]
fn gets(server: &Server, expected: &[(&str, &str)]) {
    let app = expected.iter().fold(app("http_get").cores(2), |app, (path, _)| app.arg(server.url(path)));
    let lines: String = expected.iter().map(|(_, line)| format!("{line}\n")).collect();
    app.run().stdout(&lines.replace("SERVER", &server.address())).exit(0);
}

#[test]
fn responses_arrive_as_they_were_sent() {
    gets(
        &Server::start(),
        &[
            ("/hello", "200 OK Some(5) \"hello\""),
            ("/hello?a=b#c", "404 Not Found Some(13) \"no such thing\""),
            ("", "404 Not Found Some(13) \"no such thing\""),
            ("/chunked", "200 OK None \"hello\""),
            ("/nothing", "204 No Content Some(0) \"\""),
            ("/redirect", "302 Found to \"/hello\" Some(0) \"\""),
            ("/bytes/0", "200 OK Some(0) \"\""),
            ("/bytes/101", "TooLarge: SERVER: the body is longer than its limit"),
            ("/endless", "TooLarge: SERVER: the body is longer than its limit"),
        ],
    );
}

#[test]
fn servers_that_break_off() {
    gets(
        &Server::start(),
        &[
            ("/cut-length", "Response: SERVER: hyper error: error reading a body from connection"),
            ("/cut-chunks", "Response: SERVER: hyper error: error reading a body from connection"),
            ("/cut-head", "Response: SERVER: the connection ended within the response"),
            ("/close", "Disconnected: SERVER: the connection ended without a response"),
            ("/garbage", "Response: SERVER: what came is not HTTP"),
            ("/too-many-headers", "Response: SERVER: the response's headers are too many or too large"),
        ],
    );
}

/// Some of these responses were lost, as "not HTTP".
#[test]
fn responses_that_browsers_accept() {
    gets(
        &Server::start(),
        &[
            ("/bytes-behind", "200 OK Some(5) \"hello\""),
            ("/many-headers", "200 OK Some(5) \"hello\""),
            ("/chunked-with-length", "200 OK None \"hello\""),
        ],
    );
}

#[test]
fn a_refused_connection() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let expected = format!("Refused: {closed}: connection refused\n");
    app("http_get").arg(format!("http://{closed}/")).run().stdout(&expected).exit(0);
    let expected = "Dns: nowhere.invalid: no address: address not available\n";
    app("http_get").arg("http://nowhere.invalid/").run().stdout(expected).exit(0);
}

#[test]
fn no_secure_connection() {
    let server = Server::start();
    let output = app("http_get").arg(server.url("/hello").replace("http:", "https:")).run();
    output.stdout_has(&format!("Tls: {}: ", server.address())).exit(0);
}

/// HTTP is denied unless the command line grants it.
#[test]
fn without_the_grant() {
    let server = Server::start();
    let output = App::new("http_get").arg(server.url("/hello")).run();
    output.stdout(&format!("Denied: {}: the host does not allow this request\n", server.address())).exit(0);
}

#[test]
fn invalid_requests() {
    let server = Server::start();
    let expected = "Request: the URI `/hello` names no server
Request: server.test: the scheme `ftp` is neither http nor https
Request: server.test: a user's name in a URI is not sent: use the header `authorization`
Request: SERVER: the header `host` is the host's to set
Request: SERVER: the header `transfer-encoding` is the host's to set
Request: SERVER: the header `content-length` is invalid
invalid uri character
the body is not text: invalid utf-8 sequence of 1 bytes from index 0
";
    run("http_wrong", &server).stdout(&expected.replace("SERVER", &server.address())).exit(0);
}

#[test]
fn headers() {
    let server = Server::start();
    let expected = "[\"1\", \"2\"] [195, 169]\n\"1000000\" Some(0)\n\"9\" Some(0) \"\"\n404 Not Found\n";
    run("http_headers", &server).stdout(expected).exit(0);
    let host = format!("host: {}\n", server.address());
    let [first, head, _with_body, purge] = server.stop().try_into().unwrap();
    assert!(first.head.contains("x: 1\nx: 2\n") && first.head.contains(&host), "{}", first.head);
    assert!(!first.head.contains("content-length") && !first.head.contains("transfer-encoding"));
    assert!(head.head.starts_with("HEAD /bytes/1000000 HTTP/1.1\n"), "{}", head.head);
    assert!(purge.head.starts_with("PURGE /hello?a=b HTTP/1.1\n"), "{}", purge.head);
}

#[test]
fn trailers() {
    let expected = "hello {\"sum\": \"532\"}\n{\"sum\": \"532\"}\n{}\nResponse\n";
    run("http_trailers", &Server::start()).stdout(expected).exit(0);
}

#[test]
fn timeouts() {
    let server = Server::start();
    let (full, _queue) = full_queue();
    let expected = "Timeout: FULL: no connection in time
Timeout: SERVER: nothing came in time
Timeout: SERVER: connection read timeout
TimedOut after hello: SERVER: connection read timeout
the time is up
the time is up
three have hung up
";
    let output = app("http_timeouts").arg(server.url("")).arg(format!("http://{full}/")).run();
    output.stdout(&expected.replace("SERVER", &server.address()).replace("FULL", &full)).exit(0);
}

/// A Python program that has printed its first line. Dropping it kills it.
struct Python(Child);

impl Python {
    fn start(arguments: &[&OsStr]) -> (Self, String) {
        let mut python = Command::new("python3");
        python.arg("-u").args(arguments);
        let mut child =
            python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Self(child), line.trim().to_owned())
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns an address at which connections are neither accepted nor refused, as long as the program is kept.
fn full_queue() -> (String, Python) {
    let program = "import socket, sys
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(0)
waiting = [socket.socket() for _ in range(4)]
for client in waiting:
    client.setblocking(False)
    client.connect_ex(listener.getsockname())
print('127.0.0.1:%d' % listener.getsockname()[1])
sys.stdin.read()
";
    let (python, address) = Python::start(&["-c".as_ref(), program.as_ref()]);
    (address, python)
}

#[test]
fn uploads() {
    let server = Server::start();
    let stdin = vec![b'a'; 1_000_000];
    let sizes = [0, 4, 4, 100_000, 1_000_000, 0, 300_000, 5, 1_000, 4];
    let lines: String = sizes.iter().map(|size| format!("{size} bytes\n")).collect();
    app("http_upload").arg(server.url("")).stdin(stdin.clone()).run().stdout(&lines).exit(0);
    let uploads: Vec<_> = server.stop().into_iter().filter(|seen| !seen.head.starts_with("GET ")).collect();
    assert_eq!(uploads.iter().map(|seen| seen.body.len()).collect::<Vec<_>>(), sizes);
    assert!(uploads.iter().all(|seen| seen.is_complete) && uploads[4].body == stdin);
    // The length is sent if it is known.
    let is_known = [true, true, true, true, false, false, true, false, false, true];
    for ((seen, is_known), size) in uploads.iter().zip(is_known).zip(sizes) {
        let length = format!("content-length: {size}\n");
        assert_eq!(seen.head.contains(&length), is_known, "{}", seen.head);
        assert_eq!(seen.head.contains("transfer-encoding: chunked\n"), !is_known, "{}", seen.head);
    }
}

#[test]
fn uploads_that_come_to_no_end() {
    let server = Server::start();
    let broken = "Upload: SERVER: cannot read the body of the request: no more\n";
    let lengths = "Upload: SERVER: not the length announced: 5 bytes\n".repeat(2);
    let expected = broken.repeat(3) + &lengths;
    run("http_cut", &server).stdout(&expected.replace("SERVER", &server.address())).exit(0);
    // A connection that timed out was never seen by the server.
    let seen = server.stop();
    assert!(!seen.is_empty());
    for Seen { head, body, is_complete } in seen {
        assert!(!is_complete, "{head}: {} bytes", body.len());
    }
}

#[test]
fn larger_than_memory_and_there_and_back() {
    run("http_echo", &Server::start()).stdout("50000000\n").exit(0);
}

#[test]
fn answers_before_the_end_of_the_question() {
    let server = Server::start();
    let expected = "413 Payload Too Large too much\n200 OK\ngo on\nover\n";
    run("http_early", &server).stdout(expected).exit(0);
    let [refused, early, _over] = server.stop().try_into().unwrap();
    assert!(!refused.is_complete);
    assert_eq!((early.is_complete, &*early.body), (true, &b"one, two"[..]));
}

#[test]
fn whatever_is_dropped_stops() {
    run("http_drops", &Server::start()).stdout("hello\n").stderr("").exit(0);
}

#[test]
fn many_at_a_time() {
    let server = Server::start();
    let expected = format!("{TOGETHER}\n");
    app("http_together")
        .arg(TOGETHER.to_string())
        .arg(server.url("/together"))
        .run()
        .stdout(&expected)
        .exit(0);
}

/// The feature alone adds no import: a program that does not use the client does not import it.
#[test]
fn a_program_without_requests_imports_no_http() {
    let imports = |name: &str| {
        let component = fs::read(guest(name)).unwrap();
        component.windows(10).any(|bytes| bytes == b"wasi:http/")
    };
    assert!(imports("fetch") && !imports("primes") && !imports("time_timeout"));
}

/// A server that is not part of this project.
#[test]
fn python() {
    let dir = tempdir().unwrap();
    let (from, to) = (dir.path().join("from"), dir.path().join("to"));
    fs::create_dir_all(&from).unwrap();
    fs::create_dir_all(&to).unwrap();
    let contents: Vec<Vec<u8>> =
        [0, 5, 100_000, 5_000_000].map(|size| (0..size).map(|n: u32| (n * 7) as u8).collect()).into();
    for (index, content) in contents.iter().enumerate() {
        fs::write(from.join(format!("file{index}")), content).unwrap();
    }
    let arguments = ["-m", "http.server", "0", "--bind", "127.0.0.1", "--directory"].map(OsStr::new);
    let (_server, printed) = Python::start(&[&arguments[..], &[from.as_os_str()]].concat());
    let url = printed.split(['(', ')']).nth(1).unwrap().trim_end_matches('/').to_owned();

    let urls = |names: &[&str]| names.iter().map(|name| format!("{url}/{name}\n")).collect::<String>();
    let fetch = || app("fetch").dir(&to, "to");
    let good = urls(&["file0", "file1", "file2", "file3"]);
    let output = fetch().arg("-j").arg("2").arg("-o").arg("to").stdin(good.clone()).run();
    output.exit(0).stderr("");
    assert_eq!(output.text().lines().filter(|line| line.starts_with("200 ")).count(), 4, "{}", output.text());
    for (index, content) in contents.iter().enumerate() {
        let kept = fs::read(to.join(format!("{:04}-file{index}", index + 1))).unwrap();
        assert!(kept == *content, "file{index}");
    }
    let output = urls(&["file1", "missing"]).lines().fold(fetch(), App::arg).run();
    output.exit(1).stdout_has("200          5 bytes").stdout_has("404 ");
}

#[test]
fn fetch() {
    let server = Server::start();
    // None of these is answered before all have arrived.
    let together = format!("{}\n", server.url("/together")).repeat(TOGETHER);
    let n = TOGETHER.to_string();
    let output = app("fetch").arg("-j").arg(&*n).stdin(together).run();
    output.exit(0);
    assert_eq!(output.text().matches("200          8 bytes").count(), TOGETHER, "{}", output.text());

    // One at a time, they come in order. A failure does not stop the others.
    let lines = |options: &[&str], paths: &[&str]| {
        let app = options.iter().fold(app("fetch").arg("-j").arg("1"), |app, option| app.arg(*option));
        paths.iter().fold(app, |app, path| app.arg(server.url(path))).run().exit(1).text()
    };
    let paths = ["/hello", "/redirect", "/cut-length", "/chunked", "/missing"];
    let starts = ["200          5 bytes", "302          0 bytes", "failed: ", "200          5 bytes", "404 "];
    let text = lines(&[], &paths);
    assert_eq!(text.lines().count(), paths.len(), "{text}");
    for ((line, start), path) in text.lines().zip(starts).zip(paths) {
        assert!(line.starts_with(start) && line.contains(path), "{line}");
    }
    assert!(text.contains("  3610a686  "), "the checksum of hello: {text}");

    let text = lines(&["-t", "0.1"], &["/no-head", "/half-body"]);
    assert_eq!(text.matches(": the time is up\n").count(), 2, "{text}");
    app("fetch").arg("-j").arg("0").run().stderr_has("usage: fetch").exit(2);
}

/// Returns each line without the time in it.
fn without_times(text: &str) -> Vec<(&str, &str)> {
    let parts = |line| {
        let (start, rest) = str::split_once(line, " bytes ")?;
        Some((start, rest.split_once(" s ")?.1))
    };
    text.lines().map(|line| parts(line).unwrap_or((line, ""))).collect()
}

#[test]
fn fetch_on_any_runtime() {
    let (server, to) = (Server::start(), tempdir().unwrap());
    let urls = ["/hello", "/redirect", "/chunked", "/missing"].map(|path| server.url(path));
    let host = urls.iter().fold(app("fetch").arg("-j").arg("1"), |app, url| app.arg(url)).run();
    host.exit(1).stdout_has("200          5 bytes");
    let args: Vec<_> = ["-j", "1"].into_iter().chain(urls.iter().map(|url| &**url)).collect();
    let fetch = Portable::new("fetch", to.path()).args(&args);
    for output in [Some(fetch.run_plain()), fetch.run_jco()].into_iter().flatten() {
        output.exit(1);
        assert_eq!(without_times(&output.text()), without_times(&host.text()));
    }
}
