//! A TCP socket that accepts connections.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_lite::Stream;
use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::ErrorCode;
use wasi::sockets::tcp::TcpSocket;
use wasi::sockets::tcp_create_socket::create_tcp_socket;

use super::address::{self, Address};
use super::error;
use super::socket::finish;
use super::tcp_stream::TcpStream;
use crate::reactor::{Registration, Waiting};

/// A TCP socket that accepts connections.
///
/// # Examples
///
/// A server and its client in one program, without a spawn:
///
/// ```no_run
/// use guest_runtime::io;
/// use guest_runtime::net::{TcpListener, TcpStream};
/// use guest_runtime::prelude::*;
///
/// # fn main() -> io::Result<()> {
/// guest_runtime::block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0").await?;
///     let server = async {
///         let (mut stream, _from) = listener.accept().await?;
///         stream.write_all(b"hello\n").await?;
///         stream.close().await
///     };
///     let client = async {
///         let mut text = String::new();
///         TcpStream::connect(listener.local_addr()?).await?.read_to_string(&mut text).await?;
///         Ok(text)
///     };
///     let ((), text) = (server, client).try_join().await?;
///     assert_eq!(text, "hello\n");
///     Ok(())
/// })
/// # }
/// ```
///
/// # Cancellation
///
/// Dropping it closes the socket. Peers that were not accepted are refused; accepted connections stay open.
pub struct TcpListener {
    // A pollable is a child of its socket, and has to be dropped first.
    acceptable: Registration,
    socket: TcpSocket,
}

impl TcpListener {
    /// Listens on the first of these addresses that is available; port 0 is any free port.
    ///
    /// # Examples
    ///
    /// ```
    /// # guest_runtime::block_on(async {
    /// use guest_runtime::net::TcpListener;
    ///
    /// // Tests are granted no network.
    /// let error = TcpListener::bind("[::1]:0").await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// The error of the last address, if none is available: it is in use, not an address of this machine, or
    /// not granted.
    pub async fn bind(address: impl Address) -> io::Result<Self> {
        address::first(address, "listen on", Self::listen).await
    }

    async fn listen(address: SocketAddr) -> Result<Self, ErrorCode> {
        let socket = create_tcp_socket(address::family(address))?;
        let ready = Registration::new(socket.subscribe());
        // Declared first, the socket would be dropped last.
        let listener = Self { acceptable: ready, socket };
        let Self { acceptable, socket } = &listener;
        socket.start_bind(&instance_network(), address::to_wasi(address))?;
        finish(acceptable, || socket.finish_bind()).await?;
        socket.start_listen()?;
        finish(acceptable, || socket.finish_listen()).await?;
        Ok(listener)
    }

    /// Waits for the next connection, and returns it with the address of its peer.
    ///
    /// # Examples
    ///
    /// See [`TcpListener`].
    ///
    /// ```no_run
    /// # async fn f(listener: guest_runtime::net::TcpListener) -> std::io::Result<()> {
    /// let (stream, from) = listener.accept().await?;
    /// assert_eq!(stream.peer_addr()?, from);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// An error of one connection, or of the system. The next call may succeed.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses no connection.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let mut waiting = Waiting::new(&self.acceptable);
        let stream = poll_fn(|context| self.poll_accept(&mut waiting, context)).await?;
        let from = stream.peer_addr()?;
        Ok((stream, from))
    }

    /// Returns an endless stream of the connections.
    ///
    /// An item is an error if that connection failed; the stream continues.
    ///
    /// # Examples
    ///
    /// [`co`](crate::futures_concurrency::stream::StreamExt::co) serves many at a time:
    ///
    /// ```no_run
    /// use guest_runtime::prelude::*;
    ///
    /// # async fn serve(listener: guest_runtime::net::TcpListener) {
    /// let limit = std::num::NonZeroUsize::new(100);
    /// listener.incoming().co().limit(limit).for_each(async |stream| {
    ///     if let Ok(mut stream) = stream {
    ///         assert!(stream.write_all(b"hello\n").await.is_ok());
    ///     }
    /// }).await;
    /// # }
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self, waiting: Waiting::new(&self.acceptable) }
    }

    /// Returns the address that it listens on, with the actual port if 0 was asked for.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f() -> std::io::Result<()> {
    /// let listener = guest_runtime::net::TcpListener::bind("127.0.0.1:0").await?;
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket.local_address();
        address.map(address::of_wasi).map_err(|code| error::cannot("get the address of a listener", code))
    }

    fn poll_accept(&self, waiting: &mut Waiting<'_>, context: &Context<'_>) -> Poll<io::Result<TcpStream>> {
        // A server polls this whenever one of its connections wakes it. Once this waits, it asks the host again
        // only when the socket is ready.
        if waiting.has_begun() {
            std::task::ready!(waiting.poll(context));
        }
        loop {
            match self.socket.accept() {
                Ok((socket, input, output)) => return Poll::Ready(Ok(TcpStream::new(socket, input, output))),
                Err(ErrorCode::WouldBlock) => std::task::ready!(waiting.poll(context)),
                Err(code) => return Poll::Ready(Err(error::cannot("accept a connection", code))),
            }
        }
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpListener").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}

/// The stream of [`TcpListener::incoming`].
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::net::{Incoming, TcpListener};
/// use guest_runtime::prelude::*;
///
/// # async fn f(listener: TcpListener) {
/// let mut incoming: Incoming<'_> = listener.incoming();
/// assert!(incoming.next().await.is_some());
/// # }
/// ```
#[derive(Debug)]
#[must_use = "no connection is accepted until the stream is polled"]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
    waiting: Waiting<'a>,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { listener, waiting } = &mut *self;
        listener.poll_accept(waiting, context).map(Some)
    }
}
