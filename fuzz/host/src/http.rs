//! HTTP responses of any bytes: a request of a guest ends with a response or an error.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use fuzz::{Make, Target, mutated};
use host::{App, Cache, Config, Host, RunConfig, Usage};

use crate::guests::guest;
use crate::run::{By, run};
use crate::watch::{Process, core_panics, peak, reset_peak, resident};

const WORDS: [&[u8]; 17] = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 204 \r\n",
    b"HTTP/1.0 302 Found\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 18446744073709551615\r\n",
    // More than the memory of a guest, and a length that the engine's crate takes.
    b"Content-Length: 4294967295\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Trailer: x\r\nConnection: close\r\n",
    b"location: \x80\xff\r\n",
    b"\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"5\r\nhello\r\n",
    b"0\r\nx: y\r\n\r\n",
    b"\0",
];

/// The memory for a response, in bytes: far more than its size.
const SPARE: u64 = 128 << 20;

pub(crate) struct Http {
    host: Host,
    app: App,
    server: SocketAddr,
    /// The response of the server.
    answer: Arc<Mutex<Vec<u8>>>,
    before: Option<Process>,
}

impl Make for Http {
    fn make(files: &Path) -> Self {
        core_panics();
        let mut config = Config::default();
        config.cores = 2.try_into().expect("two is not zero");
        config.cache = Cache::Dir(files.join("cache"));
        let host = Host::new(&config).expect("such a host can be had");
        let app = host.load(guest("http_answers")).expect("the guest is a component");
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let server = listener.local_addr().expect("it has an address");
        let answer = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::clone(&answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).clone();
                // The client may close the connection first.
                _ = respond(stream, &answer);
            }
        });
        let http = Self { host, app, server, answer, before: None };
        // The first run creates what all later runs share.
        http.answer(b"\x01HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").expect("an answer is read");
        http
    }
}

/// Answers one request, in pieces whose size is the first byte, and closes.
fn respond(mut stream: TcpStream, answer: &[u8]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut request = Vec::new();
    let mut bytes = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut bytes)? {
            0 => return Ok(()),
            length => request.extend_from_slice(&bytes[..length]),
        }
    }
    let Some((&piece, answer)) = answer.split_first() else { return Ok(()) };
    for piece in answer.chunks(usize::from(piece).max(1) * 16) {
        stream.write_all(piece)?;
    }
    stream.shutdown(Shutdown::Write)?;
    // Waits until the client has read everything and closed, so that no data is discarded by a reset.
    while stream.read(&mut bytes)? > 0 {}
    Ok(())
}

impl Target for Http {
    const LIMIT: Duration = Duration::from_secs(30);

    fn input(&mut self, random: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
        mutated(random, seeds, &WORDS)
    }

    fn run(&mut self, input: &[u8]) -> Result<(), String> {
        let before = *self.before.get_or_insert_with(Process::now);
        self.answer(input)?;
        before.comes_back_to()
    }
}

impl Http {
    /// Runs the guest against this response.
    fn answer(&self, input: &[u8]) -> Result<(), String> {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = input.to_vec();
        let mut config = RunConfig::default();
        config.args = vec![format!("http://{}/", self.server)];
        config.grants.http = true;
        config.limits.timeout = Some(Duration::from_secs(5));
        reset_peak();
        let resident = resident();
        let ended = run(&self.app, config, By::Itself)?;
        let grown = peak().saturating_sub(resident) << 10;
        if (ended.code, ended.stdout.lines().count()) != (Some(0), 4) {
            return Err(format!("four requests end as {ended:?}"));
        }
        if grown > SPARE {
            return Err(format!("the host grows by {grown} bytes"));
        }
        if core_panics() > 0 || self.host.usage() != Usage::default() {
            return Err(format!("a core has panicked, or {:?} is left", self.host.usage()));
        }
        Ok(())
    }
}
