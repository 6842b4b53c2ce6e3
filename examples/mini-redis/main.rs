//! A Redis server in one instance, without a spawn: redis-cli and redis-benchmark talk to it.
//!
//! ```text
//! $ host run -S inherit-network mini-redis.wasm 127.0.0.1:6379
//! listening on 127.0.0.1:6379
//! ```
//!
//! The server is one future. It has three branches: the clients, the sweep, and the deadline that
//! a `SHUTDOWN` sets. Each client is an item of the stream of connections, worked on together
//! with the others, and all of them borrow the one [`Server`] on the stack of `main`. What one
//! client does wrong ends its own connection; when the server ends, nothing is left behind.
//!
//! `DIGEST key n` computes as long as you like, on another core, and holds up nobody; a client
//! that leaves takes its work along.
//!
//! A client cannot make the server keep more than 8 MiB for it: 2 of a command, 4 of a reply, 2 of
//! messages and channels. With [`CLIENTS`] of them and 1 GiB of data, that fits into the 4 GiB of
//! an instance.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]

// What goes over the wire.
mod resp;
mod reply;
// The data.
mod sorted;
mod value;
mod store;
// What can be done with it.
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

/// Clients at a time. The next ones wait until one of these leaves.
const CLIENTS: NonZeroUsize = NonZeroUsize::new(200).expect("200 is not 0");

/// How long the clients have to finish their commands after a `SHUTDOWN`.
const GRACE: Duration = Duration::from_secs(5);

/// How often what has expired is removed, and how much of it at once.
const SWEEP: Duration = Duration::from_millis(100);
const SWEPT: usize = 1_000;

/// After so many pieces of input a client lets the others go first, if it never had to wait.
const PIECES: u32 = 8;

/// Serves all who connect, until the server is told to stop and all of them have left.
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

/// Who connects, until the server is told to stop; then the listener is closed.
fn connections(listener: TcpListener, server: &Server) -> impl Stream<Item = io::Result<TcpStream>> {
    stream::unfold(listener, async |listener| {
        let accepted = async {
            let accepted = listener.accept().await;
            if accepted.is_err() {
                // Whatever it lacks, it will not have it in the next microsecond.
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

/// What a client waits for between its commands.
enum Event {
    /// There is input.
    Input,
    /// Something was published for it.
    Mail,
    Stop,
}

/// Serves one client until it leaves, or has to.
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

/// Writes the replies, and does what comes next, until that is to read; whether to go on.
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

/// Writes the replies: for as long as it takes, but not while messages for this client pile up.
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

/// Waits until the client has left. One that sends more is there, and is waited for no longer.
async fn gone(reader: &mut (impl AsyncBufRead + Unpin)) {
    if reader.fill_buf().await.is_ok_and(|input| !input.is_empty()) {
        pending().await
    }
}

/// Removes what has expired and nobody asks for.
async fn sweep(server: &Server) {
    loop {
        sleep(SWEEP).await;
        server.store.borrow_mut().sweep(SWEPT);
    }
}

/// Ends when those who were told to stop have had their time.
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
