//! Clients of an echo server. Each sends its next request when the previous one has come back. Prints the
//! microseconds per request over all clients, and the 99th percentile of the latencies.
//!
//! The arguments are the address and the number of clients. Exits with 3 if not all are served in time.

#![expect(clippy::print_stdout, reason = "a program's output")]

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_concurrency::future::Join as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

const REQUEST: [u8; 64] = [7; 64];

/// The number of clients that connect at a time. It is below the backlog of a server: above it, a client
/// waits for a second before it tries again.
const AT_A_TIME: usize = 100;

/// The time limit for serving all clients once.
const GUARD: Duration = Duration::from_secs(20);

/// The warm-up before the measurement.
const WARM_UP: Duration = Duration::from_millis(300);
const LONG_ENOUGH: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Load {
    is_measured: Cell<bool>,
    /// The latency of each request.
    times: RefCell<Vec<Duration>>,
    /// The time from which each client has been waiting.
    since: RefCell<Vec<Instant>>,
}

/// Sends a request and waits for its reply.
async fn request(stream: &mut TcpStream) -> io::Result<()> {
    let mut reply = [0; REQUEST.len()];
    stream.write_all(&REQUEST).await?;
    stream.read_exact(&mut reply).await?;
    assert_eq!(reply, REQUEST, "it is what was sent");
    Ok(())
}

/// Connects and waits for the first reply.
async fn connect(address: &str) -> io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    request(&mut stream).await?;
    Ok(stream)
}

async fn connect_all(address: &str, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    while streams.len() < count {
        let some = (streams.len()..count).take(AT_A_TIME).map(|_| connect(address)).collect::<Vec<_>>();
        let some = some.join().await.into_iter();
        streams.extend(some.map(|stream| stream.expect("the server takes connections")));
    }
    streams
}

impl Load {
    /// Runs one client until it is dropped.
    async fn client(&self, index: usize, mut stream: TcpStream) -> io::Result<()> {
        loop {
            let (start, is_measured) = (Instant::now(), self.is_measured.get());
            self.since.borrow_mut()[index] = start;
            request(&mut stream).await?;
            if is_measured {
                self.times.borrow_mut().push(start.elapsed());
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [address, count] = arguments.as_slice() else { panic!("two arguments") };
    let count: usize = count.parse().expect("a number");
    let Ok(streams) = timeout(GUARD, connect_all(address, count)).await else { std::process::exit(3) };
    let load = Rc::new(Load::default());
    load.since.borrow_mut().resize(count, Instant::now());
    let clients = LocalSet::new();
    for (index, stream) in streams.into_iter().enumerate() {
        let load = Rc::clone(&load);
        clients.spawn_local(async move {
            load.client(index, stream).await.expect("the server does not close the connection");
        });
    }
    let measured = Rc::clone(&load);
    let end = async move {
        sleep(WARM_UP).await;
        measured.is_measured.set(true);
        sleep(LONG_ENOUGH).await;
    };
    clients.run_until(async { spawn_local(end).await.expect("it does not panic") }).await;
    let mut times = load.times.take();
    println!("{:.3}", LONG_ENOUGH.as_secs_f64() * 1e6 / times.len() as f64);
    // Requests that are still waiting count too; otherwise a client that is never served would be left out.
    times.extend(load.since.borrow().iter().map(Instant::elapsed));
    times.sort();
    let p99 = times[(times.len() * 99).div_ceil(100) - 1];
    println!("{:.3}", p99.as_secs_f64() * 1e6);
}
