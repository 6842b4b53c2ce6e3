//! A small HTTP/1.1 server that behaves well or badly, as the path of a request says.
//!
//! It never sleeps: a slow response waits until the client has hung up.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::Duration;

/// The number of requests for `/together` that are answered at the same time.
pub(crate) const TOGETHER: usize = 20;

/// A request as the server has seen it.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The request line and the headers in lower case, each ended by `\n`.
    pub(crate) head: String,
    /// The bytes of its body.
    pub(crate) body: Vec<u8>,
    /// Whether the body was complete.
    pub(crate) is_complete: bool,
}

pub(crate) struct Server {
    address: SocketAddr,
    /// The requests, each with the number of its connection.
    seen: Receiver<(usize, Seen)>,
    is_stopped: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server that runs until it is stopped, or the test process ends.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let is_stopped = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&is_stopped);
        let (sender, seen) = channel();
        std::thread::spawn(move || {
            let meetings = Arc::new(Meetings::new());
            for (number, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let connection = Connection::new(stream.unwrap(), Arc::clone(&meetings));
                let sender = sender.clone();
                std::thread::spawn(move || {
                    // An error before there is a request is reported by the client.
                    if let Ok(seen) = connection.serve() {
                        // Fails if the test does not collect the requests.
                        let _ = sender.send((number, seen));
                    }
                });
            }
        });
        Self { address, seen, is_stopped }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Stops the server, and returns its requests in the order of the connections.
    #[track_caller]
    pub(crate) fn stop(self) -> Vec<Seen> {
        self.is_stopped.store(true, Ordering::SeqCst);
        // One more connection, so that the server checks whether to stop.
        TcpStream::connect(self.address).unwrap();
        let mut all = Vec::new();
        loop {
            match self.seen.recv_timeout(Duration::from_secs(60)) {
                Ok(seen) => all.push(seen),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("a connection does not end"),
            }
        }
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, seen)| seen).collect()
    }
}

/// Synchronization between requests.
struct Meetings {
    together: Barrier,
    /// Waits for the end of an upload that was answered early.
    early: Barrier,
    /// The number of waiting clients that have hung up.
    hung_up: (Mutex<usize>, Condvar),
}

impl Meetings {
    fn new() -> Self {
        Self { together: Barrier::new(TOGETHER), early: Barrier::new(2), hung_up: Default::default() }
    }
}

struct Connection {
    reader: BufReader<TcpStream>,
    writer: TcpStream,
    meetings: Arc<Meetings>,
}

impl Connection {
    fn new(stream: TcpStream, meetings: Arc<Meetings>) -> Self {
        Self { reader: BufReader::new(stream.try_clone().unwrap()), writer: stream, meetings }
    }

    /// Serves one request; the client makes a connection for each.
    fn serve(mut self) -> io::Result<Seen> {
        let head = self.head()?;
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut body = Vec::new();
        let is_complete = match path.as_str() {
            "/early-refusal" => {
                self.answer("413 Content Too Large", "too much")?;
                // The connection stays open without being read: its descriptor is leaked.
                std::mem::forget(self.writer.try_clone()?);
                false
            }
            "/early-answer" => {
                self.answer("200 OK", "go on")?;
                let is_complete = self.body(&head, &mut |bytes, _| body.write_all(bytes)).is_ok();
                self.meetings.early.wait();
                is_complete
            }
            "/echo" => {
                self.writer.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
                let echoed = self.body(&head, &mut |bytes, writer| chunk(writer, bytes));
                echoed.and_then(|()| self.writer.write_all(b"0\r\n\r\n")).is_ok()
            }
            _ => {
                let is_complete = self.body(&head, &mut |bytes, _| body.write_all(bytes)).is_ok();
                if is_complete {
                    // Many tests have the client hang up.
                    let _ = self.behave(&head, &path, &body);
                }
                is_complete
            }
        };
        Ok(Seen { head, body, is_complete })
    }

    /// Responds as the path of a complete request says.
    fn behave(&mut self, head: &str, path: &str, body: &[u8]) -> io::Result<()> {
        if let Some(size) = path.strip_prefix("/bytes/") {
            let size = size.parse().expect("a number of bytes");
            // A body has no place behind the head that answers HEAD, and some servers send one.
            let is_head = head.starts_with("HEAD ") && size != 9;
            return if is_head { self.bytes_head(size) } else { self.bytes(size) };
        }
        match path {
            "/hello" => self.answer("200 OK", "hello"),
            "/count" => self.answer("200 OK", &format!("{} bytes", body.len())),
            "/when-three-have-hung-up" => {
                let (count, change) = &self.meetings.hung_up;
                drop(change.wait_while(count.lock().unwrap(), |count| *count < 3).unwrap());
                self.answer("200 OK", "three have hung up")
            }
            "/when-that-is-over" => {
                self.meetings.early.wait();
                self.answer("200 OK", "over")
            }
            "/together" => {
                self.meetings.together.wait();
                self.answer("200 OK", "together")
            }
            "/chunked" => {
                self.raw("200 OK\r\ntransfer-encoding: chunked", "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")
            }
            "/trailers" => self.raw(
                "200 OK\r\ntrailer: sum\r\ntransfer-encoding: chunked",
                "5\r\nhello\r\n0\r\nsum: 532\r\n\r\n",
            ),
            "/headers" => self.raw("200 OK\r\na: 1\r\na: 2\r\nb: \u{e9}\r\ncontent-length: 0", ""),
            "/nothing" => self.raw("204 No Content", ""),
            "/redirect" => self.raw("302 Found\r\nlocation: /hello\r\ncontent-length: 0", ""),
            "/cut-length" => self.raw("200 OK\r\ncontent-length: 10", "hello"),
            "/cut-chunks" => self.raw("200 OK\r\ntransfer-encoding: chunked", "5\r\nhello\r\n"),
            "/cut-head" => self.writer.write_all(b"HTTP/1.1 200 OK\r\nconte"),
            "/close" => Ok(()),
            "/garbage" => self.writer.write_all(b"220 mail.test ready\r\n"),
            "/no-head" => self.wait_for_the_end(),
            "/half-body" => {
                self.raw("200 OK\r\ncontent-length: 10", "hello")?;
                self.wait_for_the_end()
            }
            "/endless" => self.bytes(1 << 40),
            // What browsers accept.
            "/bytes-behind" => self.raw("200 OK\r\ncontent-length: 5", "hello, and more"),
            "/chunked-with-length" => self
                .raw("200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
            "/many-headers" => {
                let headers = (0..500).map(|n| format!("\r\nx-{n}: {n}")).collect::<String>();
                self.raw(&format!("200 OK\r\ncontent-length: 5{headers}"), "hello")
            }
            "/too-many-headers" => {
                let headers = (0..5_000).map(|n| format!("\r\nx-{n}: {n}")).collect::<String>();
                self.raw(&format!("200 OK\r\ncontent-length: 5{headers}"), "hello")
            }
            _ => self.answer("404 Not Found", "no such thing"),
        }
    }

    fn head(&mut self) -> io::Result<String> {
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match line.trim_end() {
                "" => return Ok(head),
                line if head.is_empty() => head += line,
                line => head += &line.to_lowercase(),
            }
            head.push('\n');
        }
    }

    /// Reads the body of a request, piece by piece.
    fn body(
        &mut self,
        head: &str,
        take: &mut dyn FnMut(&[u8], &mut TcpStream) -> io::Result<()>,
    ) -> io::Result<()> {
        if head.contains("transfer-encoding: chunked\n") {
            loop {
                let mut line = String::new();
                self.reader.read_line(&mut line)?;
                let size = usize::from_str_radix(line.trim_end(), 16).map_err(io::Error::other)?;
                let mut piece = vec![0; size + 2];
                self.reader.read_exact(&mut piece)?;
                if size == 0 {
                    return Ok(());
                }
                take(&piece[..size], &mut self.writer)?;
            }
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut left = length.map_or(0, |length| length.parse().expect("a number"));
        while left > 0 {
            let bytes = self.reader.fill_buf()?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let length = bytes.len().min(left);
            take(&bytes[..length], &mut self.writer)?;
            self.reader.consume(length);
            left -= length;
        }
        Ok(())
    }

    fn wait_for_the_end(&mut self) -> io::Result<()> {
        let ended = io::copy(&mut self.reader, &mut io::sink());
        let (count, change) = &self.meetings.hung_up;
        *count.lock().unwrap() += 1;
        change.notify_all();
        ended.map(|_| ())
    }

    fn answer(&mut self, status: &str, text: &str) -> io::Result<()> {
        self.raw(&format!("{status}\r\ncontent-length: {}", text.len()), text)
    }

    fn raw(&mut self, head: &str, body: &str) -> io::Result<()> {
        // In one write, because a pause could separate several.
        self.writer.write_all(format!("HTTP/1.1 {head}\r\n\r\n{body}").as_bytes())
    }

    fn bytes_head(&mut self, size: usize) -> io::Result<()> {
        self.raw(&format!("200 OK\r\ncontent-length: {size}"), "")
    }

    fn bytes(&mut self, size: usize) -> io::Result<()> {
        self.bytes_head(size)?;
        let piece: Vec<u8> = (0..=255).cycle().take(1 << 16).collect();
        let mut left = size;
        while left > 0 {
            let length = left.min(piece.len());
            self.writer.write_all(&piece[..length])?;
            left -= length;
        }
        Ok(())
    }
}

fn chunk(writer: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    write!(writer, "{:x}\r\n", bytes.len())?;
    writer.write_all(bytes)?;
    writer.write_all(b"\r\n")
}
