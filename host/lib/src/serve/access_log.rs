//! The access log: one line for each request, in the combined log format, which tools for web servers read.
//!
//! A thread writes the lines, so that a slow disk delays no request. If it does not keep up, lines are left out, and a
//! warning says how many.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime};

use http::header::{HeaderName, REFERER, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};

use super::peer::Peer;

/// How many lines may wait for the disk.
const WAITING: usize = 10_000;

/// The status of a request whose client has left before its response, as nginx logs it.
const CLIENT_LEFT: u16 = 499;

/// Logs requests. A clone logs to the same file.
#[derive(Clone)]
pub(super) struct AccessLog {
    lines: SyncSender<Message>,
    missing: Arc<AtomicU64>,
}

enum Message {
    Line(String),
    End,
}

/// The thread that writes the lines. Dropping it waits until all of them are written.
pub(super) struct LogWriter {
    lines: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl AccessLog {
    /// Starts the thread that writes to this file.
    pub(super) fn start(file: OwnedFd) -> io::Result<(Self, LogWriter)> {
        let (lines, messages) = sync_channel(WAITING);
        let missing = Arc::new(AtomicU64::new(0));
        let log = Self { lines: lines.clone(), missing: Arc::clone(&missing) };
        let write = move || {
            if let Err(error) = write(File::from(file), &messages) {
                tracing::warn!("cannot write the access log: {error}");
            }
            // Lines that came after an error are dropped here.
            drop(messages);
            match missing.load(Ordering::Relaxed) {
                0 => {}
                count => tracing::warn!("the access log was too slow: {count} lines are missing"),
            }
        };
        let thread = std::thread::Builder::new().name("access-log".to_owned()).spawn(write)?;
        Ok((log, LogWriter { lines, thread: Some(thread) }))
    }

    /// Notes a request that has arrived.
    pub(super) fn begin<B>(&self, request: &Request<B>, peer: &Peer) -> Entry {
        let client = peer.client.map_or_else(|| "-".to_owned(), |client| client.to_string());
        let mut request_line = String::new();
        let path = request.uri().path_and_query().map_or("-", |path| path.as_str());
        _ = write!(request_line, "{} {} {:?}", request.method(), Escaped(path.as_bytes()), request.version());
        let headers = request.headers();
        let [referer, agent] = [REFERER, USER_AGENT].map(|name| text(headers, &name));
        let (log, status, bytes, began) = (self.clone(), CLIENT_LEFT, 0, Instant::now());
        Entry { log, client, request_line, referer, agent, status, bytes, began }
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map_or_else(|| "-".to_owned(), |value| Escaped(value.as_bytes()).to_string())
}

/// Writes all lines, and those that wait at once.
fn write(file: File, messages: &Receiver<Message>) -> io::Result<()> {
    let mut file = BufWriter::new(file);
    loop {
        let message = match messages.try_recv() {
            Ok(message) => message,
            Err(_) => {
                file.flush()?;
                match messages.recv() {
                    Ok(message) => message,
                    Err(_) => return Ok(()),
                }
            }
        };
        match message {
            Message::Line(line) => file.write_all(line.as_bytes())?,
            Message::End => return file.flush(),
        }
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        // It fails if the thread has ended after an error.
        _ = self.lines.send(Message::End);
        if let Some(thread) = self.thread.take() {
            // A panic of it was printed.
            _ = thread.join();
        }
    }
}

/// A request that is logged when this is dropped, which is at the end of its response.
pub(super) struct Entry {
    log: AccessLog,
    client: String,
    request_line: String,
    referer: String,
    agent: String,
    status: u16,
    bytes: u64,
    began: Instant,
}

impl Entry {
    pub(super) fn set_status(&mut self, status: StatusCode) {
        self.status = status.as_u16();
    }

    /// Counts bytes of the body that were sent.
    pub(super) fn add(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    fn line(&self, now: SystemTime) -> String {
        let Self { client, request_line, referer, agent, status, bytes, began, .. } = self;
        let (time, took) = (time(now), began.elapsed().as_secs_f64());
        format!(
            "{client} - - [{time}] \"{request_line}\" {status} {bytes} \"{referer}\" \"{agent}\" {took:.6}\n"
        )
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let line = self.line(SystemTime::now());
        if self.log.lines.try_send(Message::Line(line)).is_err() {
            self.log.missing.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns a time as the format has it: `30/Nov/2026:12:04:59 +0000`.
fn time(now: SystemTime) -> String {
    // Mon, 30 Nov 2026 12:04:59 GMT
    let date = httpdate::fmt_http_date(now);
    let mut parts = date.split(' ').skip(1);
    let mut next = || parts.next().unwrap_or_default();
    let (day, month, year, time) = (next(), next(), next(), next());
    format!("{day}/{month}/{year}:{time} +0000")
}

/// Text between quotes: quotes, backslashes, and all but printable ASCII are written in hexadecimal, as nginx does.
struct Escaped<'a>(&'a [u8]);

impl std::fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for &byte in self.0 {
            match byte {
                b'"' | b'\\' => write!(f, "\\x{byte:02X}")?,
                b' '..=b'~' => f.write_char(byte.into())?,
                _ => write!(f, "\\x{byte:02X}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::time::Duration;

    use http::HeaderValue;
    use http::uri::Scheme;

    use super::*;

    #[test]
    fn a_line_has_the_combined_format() {
        let (mut reader, writer) = io::pipe().unwrap();
        let (log, log_writer) = AccessLog::start(writer.into()).unwrap();
        let host = HeaderValue::from_static("here");
        let client = Some([192, 0, 2, 7].into());
        let peer = Peer { client, forwarded: None, host, scheme: Scheme::HTTP, core: 0 };
        let request = Request::get("http://here/a?b=%22").header(USER_AGENT, "a \"b\"\t");
        let request = request.body(()).unwrap();
        let mut entry = log.begin(&request, &peer);
        entry.set_status(StatusCode::OK);
        entry.add(6);
        let line = entry.line(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000));
        let (line, took) = line.trim_end().rsplit_once(' ').unwrap();
        assert_eq!(
            line,
            "192.0.2.7 - - [18/Nov/2026:11:06:40 +0000] \"GET /a?b=%22 HTTP/1.1\" 200 6 \"-\" \"a \\x22b\\x22\\x09\""
        );
        assert!(took.parse::<f64>().is_ok());
        drop(entry);
        drop(log.begin(&request, &peer));
        // All lines are written, although the log goes on.
        drop(log_writer);
        let mut lines = String::new();
        reader.read_to_string(&mut lines).unwrap();
        assert_eq!(lines.lines().count(), 2);
        assert!(lines.lines().last().unwrap().contains(" 499 0 "), "{lines}");
        drop(log);
    }
}
