//! examples/mini-redis on the tasks, sockets and timers of wstd. All other code is the same.
//!
//! ```text
//! $ host run -S inherit-network wstd_redis.wasm 127.0.0.1:6379
//! ```
//!
//! As in the example, input is read in large pieces, and all replies to a piece are written at once. Limits
//! of wstd: `DIGEST` blocks all clients, and `SHUTDOWN` cuts them off.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program's output")]
#![expect(missing_docs, reason = "wstd makes main public and drops its documentation")]

#[path = "../../../examples/mini-redis/resp.rs"]
mod resp;
#[path = "../../../examples/mini-redis/reply.rs"]
mod reply;
#[path = "../../../examples/mini-redis/sorted.rs"]
mod sorted;
#[path = "../../../examples/mini-redis/value.rs"]
mod value;
#[path = "../../../examples/mini-redis/store.rs"]
mod store;
#[path = "../../../examples/mini-redis/glob.rs"]
mod glob;
#[path = "../../../examples/mini-redis/command.rs"]
mod command;
#[path = "../../../examples/mini-redis/strings.rs"]
mod strings;
#[path = "../../../examples/mini-redis/keys.rs"]
mod keys;
#[path = "../../../examples/mini-redis/lists.rs"]
mod lists;
#[path = "../../../examples/mini-redis/collections.rs"]
mod collections;
#[path = "../../../examples/mini-redis/about.rs"]
mod about;
#[path = "../../../examples/mini-redis/pubsub.rs"]
mod pubsub;
#[path = "../../../examples/mini-redis/stop.rs"]
mod stop;
#[path = "../../../examples/mini-redis/server.rs"]
mod server;
#[path = "../../../examples/mini-redis/session.rs"]
mod session;
#[path = "../../../examples/mini-redis/requests.rs"]
mod requests;
#[path = "../../../examples/mini-redis/digest.rs"]
mod digest;

use std::process::ExitCode;
use std::rc::Rc;

use futures_lite::future::{or, yield_now};
use wstd::io::{self, AsyncWrite as _};
use wstd::iter::AsyncIterator as _;
use wstd::net::{TcpListener, TcpStream};
use wstd::prelude::*;
use wstd::runtime::spawn;
use wstd::time::Duration;

use server::Server;
use session::{Next, Session};

/// The most that a socket returns at once.
const CHUNK: usize = 64 << 10;

/// The period of removing expired keys in milliseconds, and the most keys removed at once.
const SWEEP: u64 = 100;
const SWEPT: usize = 1_000;

/// The number of input pieces after which a client yields to the others.
const PIECES: u32 = 8;

async fn client(stream: TcpStream, server: Rc<Server>) -> io::Result<()> {
    let (mut reader, mut writer) = stream.split();
    let mut session = Session::new(&server);
    let mut buffer = vec![0; CHUNK];
    for piece in 1_u32.. {
        let read = async { reader.read(&mut buffer).await.map(Some) };
        let mail = async {
            session.mail().await;
            Ok(None)
        };
        let mut next = match or(read, mail).await? {
            Some(0) => return Ok(()),
            Some(length) => session.execute(&buffer[..length]),
            None => {
                session.take_mail();
                Next::Read
            }
        };
        loop {
            let write = async { writer.write_all(session.replies()).await };
            let lost = async {
                session.has_lost().await;
                Err(io::Error::other("a subscriber that does not keep up"))
            };
            or(write, lost).await?;
            session.written();
            next = match next {
                Next::Read => break,
                Next::Resume => session.resume(),
                Next::Digest { value, rounds } => {
                    session.digested(Ok(digest::digest(&value, rounds)));
                    session.resume()
                }
                Next::Close => return writer.flush().await,
            };
        }
        // In wstd, a read that finds data does not yield. Without this, a fast client would keep the server
        // to itself.
        if piece.is_multiple_of(PIECES) {
            yield_now().await;
        }
    }
    Ok(())
}

async fn serve(address: &str) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let server = Rc::new(Server::new());
    spawn(sweep(Rc::clone(&server))).detach();
    spawn(stop(Rc::clone(&server))).detach();
    let mut incoming = listener.incoming();
    while let Some(stream) = incoming.next().await {
        let stream = match stream {
            Ok(stream) => stream,
            Err(error) => {
                eprintln!("wstd_redis: {error}");
                continue;
            }
        };
        let server = Rc::clone(&server);
        let task = async {
            if let Err(error) = client(stream, server).await {
                eprintln!("wstd_redis: {error}");
            }
        };
        spawn(task).detach();
    }
    Ok(())
}

/// Removes expired keys that are not accessed any more.
async fn sweep(server: Rc<Server>) {
    loop {
        wstd::task::sleep(Duration::from_millis(SWEEP)).await;
        server.store.borrow_mut().sweep(SWEPT);
    }
}

async fn stop(server: Rc<Server>) {
    server.stop.said().await;
    std::process::exit(0);
}

#[wstd::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(address), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: wstd_redis ADDRESS:PORT");
        return ExitCode::from(2);
    };
    match serve(&address).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wstd_redis: {address}: {error}");
            ExitCode::FAILURE
        }
    }
}
