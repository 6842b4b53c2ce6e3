//! A Redis server in one instance, without `spawn`, for redis-cli and redis-benchmark.
//!
//! ```text
//! $ host run -S inherit-network mini-redis.wasm 127.0.0.1:6379
//! listening on 127.0.0.1:6379
//! ```
//!
//! The server is one future with three branches: the clients, the removal of expired keys, and the
//! deadline that `SHUTDOWN` sets. Each client is an item of the stream of connections, processed
//! concurrently with the others, and all of them borrow the one [`Server`] on the stack of `main`. An
//! error of a client ends its own connection; when the server ends, nothing is left behind.
//!
//! `DIGEST key n` computes on another core and does not delay other clients; when its client disconnects,
//! the job is cancelled.
//!
//! A client makes the server store at most 8 MiB: 2 of a command, 4 of a reply, 2 of messages and
//! channels. With [`CLIENTS`] of them and 1 GiB of data, that fits into the 4 GiB of an instance.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

// The protocol.
mod resp;
mod reply;
// The data.
mod sorted;
mod value;
mod store;
// The commands.
mod glob;
mod command;
mod strings;
mod keys;
mod lists;
mod collections;
mod about;
mod digest;
// The clients.
mod pubsub;
mod stop;
mod server;
mod session;
mod requests;

use std::future::pending;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use guest_runtime::futures_lite::{Stream, future, stream};
use guest_runtime::io::{self, AsyncBufRead};
use guest_runtime::net::{ReadHalf, TcpListener, TcpStream, WriteHalf};
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;

use server::Server;
use session::{Next, Session};

/// The maximum number of clients. Further ones wait until one of these disconnects.
const CLIENTS: NonZeroUsize = NonZeroUsize::new(200).expect("200 is not 0");

/// The time that clients have to finish their commands after a `SHUTDOWN`.
const GRACE: Duration = Duration::from_secs(5);

/// The interval at which expired keys are removed, and the number of keys per interval.
const SWEEP: Duration = Duration::from_millis(100);
const SWEPT: usize = 1_000;

/// After this many reads without waiting, a client lets the others run.
const PIECES: u32 = 8;

/// Serves clients until the server is stopped and all of them have disconnected.
async fn serve(listener: TcpListener, server: &Server) {
    let connections = pin!(connections(listener, server));
    let clients = connections.co().limit(Some(CLIENTS));
    clients
        .for_each(async |stream| {
            if let Err(error) = async { client(stream?, server).await }.await {
                eprintln!("mini-redis: {error}");
            }
        })
        .await;
}

/// Yields connections until the server is stopped; then closes the listener.
fn connections(listener: TcpListener, server: &Server) -> impl Stream<Item = io::Result<TcpStream>> {
    stream::unfold(listener, async |listener| {
        let accepted = async {
            let accepted = listener.accept().await;
            if accepted.is_err() {
                // The missing resource will not be available immediately.
                sleep(SWEEP).await;
            }
            Some(accepted.map(|(stream, _)| stream))
        };
        let stopped = async {
            server.stop.said().await;
            None
        };
        let accepted = (accepted, stopped).race().await?;
        Some((accepted, listener))
    })
}

/// The event that ends a client's wait between commands.
enum Event {
    /// Input has arrived.
    Input,
    /// A message was published for the client.
    Mail,
    Stop,
}

/// Serves one client until it disconnects or has to be disconnected.
async fn client(stream: TcpStream, server: &Server) -> io::Result<()> {
    let (mut reader, mut writer) = stream.split();
    let mut session = Session::new(server);
    let mut stop = pin!(server.stop.said());
    for piece in 1_u32.. {
        let input = async { reader.fill_buf().await.map(|_| Event::Input) };
        let mail = async {
            session.mail().await;
            Ok(Event::Mail)
        };
        let stopped = async {
            stop.as_mut().await;
            Ok(Event::Stop)
        };
        let next = match (input, mail, stopped).race().await? {
            Event::Input => {
                let input = reader.fill_buf().await?;
                if input.is_empty() {
                    break;
                }
                let (length, next) = (input.len(), session.execute(input));
                reader.consume(length);
                next
            }
            Event::Mail => {
                session.take_mail();
                Next::Read
            }
            Event::Stop => break,
        };
        if !answer(next, &mut session, &mut reader, &mut writer).await? {
            break;
        }
        if piece.is_multiple_of(PIECES) {
            future::yield_now().await;
        }
    }
    writer.close().await
}

/// Writes the replies and performs the next steps until one is to read; returns whether to continue.
async fn answer(
    mut next: Next,
    session: &mut Session<'_>,
    reader: &mut ReadHalf,
    writer: &mut WriteHalf,
) -> io::Result<bool> {
    loop {
        write(session, writer).await?;
        next = match next {
            Next::Read => return Ok(true),
            Next::Close => return Ok(false),
            Next::Resume => session.resume(),
            Next::Digest { value, rounds } => {
                let work = async { Some(digest_elsewhere(value, rounds).await) };
                let gone = async {
                    gone(reader).await;
                    None
                };
                let Some(digest) = (work, gone).race().await else { return Ok(false) };
                session.digested(digest);
                session.resume()
            }
        };
    }
}

/// Writes the replies, unless messages for this client pile up meanwhile.
async fn write(session: &mut Session<'_>, writer: &mut WriteHalf) -> io::Result<()> {
    if !session.replies().is_empty() {
        let written = async { writer.write_all(session.replies()).await };
        let lost = async {
            session.has_lost().await;
            Err(io::Error::other("a subscriber does not keep up"))
        };
        (written, lost).race().await?;
        session.written();
    }
    Ok(())
}

#[guest_runtime::parallel]
async fn digest(value: Vec<u8>, rounds: u64) -> String {
    digest::digest(&value, rounds)
}

async fn digest_elsewhere(value: Vec<u8>, rounds: u64) -> Result<String, String> {
    digest(value, rounds).par().catch().await.map_err(|failure| format!("the job {failure}"))
}

/// Completes when the client has disconnected, and never if it sends more input.
async fn gone(reader: &mut (impl AsyncBufRead + Unpin)) {
    if reader.fill_buf().await.is_ok_and(|input| !input.is_empty()) {
        pending().await
    }
}

/// Removes expired keys that are not accessed.
async fn sweep(server: &Server) {
    loop {
        sleep(SWEEP).await;
        server.store.borrow_mut().sweep(SWEPT);
    }
}

/// Completes when the clients have had their time after the stop.
async fn deadline(server: &Server) {
    server.stop.said().await;
    sleep(GRACE).await;
}

#[guest_runtime::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: mini-redis ADDRESS:PORT");
        guest_runtime::exit(2);
    };
    let listening = async {
        let listener = TcpListener::bind(&*address).await?;
        println!("listening on {}", listener.local_addr()?);
        Ok::<_, io::Error>(listener)
    };
    match listening.await {
        Ok(listener) => {
            let server = Server::new();
            (serve(listener, &server), sweep(&server), deadline(&server)).race().await;
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("mini-redis: {error}");
            ExitCode::FAILURE
        }
    }
}
