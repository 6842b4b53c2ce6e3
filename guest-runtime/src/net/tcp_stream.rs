//! A connection.

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};
use wasi::io::streams::{InputStream, OutputStream};
use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::ErrorCode;
use wasi::sockets::tcp::{ShutdownType, TcpSocket};
use wasi::sockets::tcp_create_socket::create_tcp_socket;

use super::address::{self, Address};
use super::error;
use super::halves::{self, ReadHalf, WriteHalf};
use super::socket::finish;
use crate::reactor::Registration;

/// A TCP connection.
///
/// It reads with [`AsyncRead`] and [`AsyncBufRead`], writes with [`AsyncWrite`], and does both at
/// the same time after [`split`](Self::split). `close` tells the other side that nothing more
/// comes, when all has been written; reading goes on.
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::net::TcpStream;
/// use guest_runtime::prelude::*;
///
/// # fn main() -> std::io::Result<()> {
/// guest_runtime::block_on(async {
///     let mut stream = TcpStream::connect("localhost:6379").await?;
///     stream.write_all(b"PING\r\n").await?;
///     let mut answer = String::new();
///     stream.read_line(&mut answer).await?;
///     assert_eq!(answer, "+PONG\r\n");
///     Ok(())
/// })
/// # }
/// ```
///
/// # Cancellation
///
/// Dropping it closes the connection in both directions. What was written and is still on its way
/// goes out for as long as the program runs; `close` first where that has to be certain.
#[must_use = "a connection that is dropped is closed"]
pub struct TcpStream {
    read: ReadHalf,
    write: WriteHalf,
}

impl TcpStream {
    pub(super) fn new(socket: TcpSocket, input: InputStream, output: OutputStream) -> Self {
        let (read, write) = halves::new(socket, input, output);
        Self { read, write }
    }

    fn socket(&self) -> &TcpSocket {
        self.write.socket()
    }

    /// Connects to the first of these addresses that answers.
    ///
    /// # Examples
    ///
    /// ```
    /// # guest_runtime::block_on(async {
    /// use guest_runtime::net::TcpStream;
    ///
    /// // Tests are granted no network.
    /// let error = TcpStream::connect(("127.0.0.1", 80)).await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    /// # });
    /// ```
    ///
    /// # Errors
    ///
    /// Why the last address cannot be connected to. `ConnectionRefused` if nobody listens there,
    /// `PermissionDenied` if this program may not connect to it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future gives up the attempt.
    pub async fn connect(address: impl Address) -> io::Result<Self> {
        address::first(address, "connect to", Self::connect_to).await
    }

    async fn connect_to(address: SocketAddr) -> Result<Self, ErrorCode> {
        let socket = create_tcp_socket(address::family(address))?;
        socket.start_connect(&instance_network(), address::to_wasi(address))?;
        let connected = Registration::new(socket.subscribe());
        let (input, output) = finish(&connected, || socket.finish_connect()).await?;
        // A child of the socket.
        drop(connected);
        Ok(Self::new(socket, input, output))
    }

    /// The two directions of this connection, to be used at the same time.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use guest_runtime::io;
    /// use guest_runtime::net::TcpStream;
    /// use guest_runtime::prelude::*;
    ///
    /// /// Talks to a server as netcat does.
    /// async fn talk(stream: TcpStream) -> io::Result<()> {
    ///     let (reader, mut writer) = stream.split();
    ///     let there = async {
    ///         io::copy(io::stdin(), &mut writer).await?;
    ///         writer.close().await
    ///     };
    ///     let (copied, ()) = (io::copy(reader, io::stdout()), there).try_join().await?;
    ///     assert!(copied < u64::MAX);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Cancellation
    ///
    /// The connection is open until both are dropped; dropping the one that writes tells the other
    /// side that nothing more comes.
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        (self.read, self.write)
    }

    /// Where the other side is.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f() -> std::io::Result<()> {
    /// let stream = guest_runtime::net::TcpStream::connect("127.0.0.1:80").await?;
    /// assert_eq!(stream.peer_addr()?.port(), 80);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket().remote_address().map(address::of_wasi);
        address.map_err(|code| error::cannot("tell the other side of a connection", code))
    }

    /// Where this side is.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f() -> std::io::Result<()> {
    /// let stream = guest_runtime::net::TcpStream::connect("127.0.0.1:80").await?;
    /// assert!(stream.local_addr()?.ip().is_loopback());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket().local_address().map(address::of_wasi);
        address.map_err(|code| error::cannot("tell this side of a connection", code))
    }

    /// Ends one direction or both, at once.
    ///
    /// What was written before goes out first; `close` waits for that.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn f(mut stream: guest_runtime::net::TcpStream) -> std::io::Result<()> {
    /// use guest_runtime::prelude::*;
    ///
    /// stream.shutdown(std::net::Shutdown::Read)?;
    /// assert_eq!(stream.read(&mut [0; 8]).await?, 0);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// When the connection is gone.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        halves::shut_down(
            self.socket(),
            match how {
                Shutdown::Read => ShutdownType::Receive,
                Shutdown::Write => ShutdownType::Send,
                Shutdown::Both => ShutdownType::Both,
            },
        )
    }

    /// How long this connection is idle before the system asks whether the other side is still
    /// there; `None` if it never asks.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn f(stream: guest_runtime::net::TcpStream) -> std::io::Result<()> {
    /// assert_eq!(stream.keepalive()?, None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn keepalive(&self) -> io::Result<Option<Duration>> {
        let idle = || match self.socket().keep_alive_enabled()? {
            true => self.socket().keep_alive_idle_time().map(Duration::from_nanos).map(Some),
            false => Ok(None),
        };
        idle().map_err(|code| error::cannot("tell the keepalive of a connection", code))
    }

    /// Has the system ask, after this time without traffic, whether the other side is still there,
    /// or never. A side that is gone then ends a read with an error.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn f(stream: guest_runtime::net::TcpStream) -> std::io::Result<()> {
    /// let minute = Some(std::time::Duration::from_secs(60));
    /// stream.set_keepalive(minute)?;
    /// assert_eq!(stream.keepalive()?, minute);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` for a time of zero, and those of the system, which may round the time.
    pub fn set_keepalive(&self, idle: Option<Duration>) -> io::Result<()> {
        let set = || {
            if let Some(idle) = idle {
                let nanos = u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX);
                self.socket().set_keep_alive_idle_time(nanos)?;
            }
            self.socket().set_keep_alive_enabled(idle.is_some())
        };
        set().map_err(|code| error::cannot("set the keepalive of a connection", code))
    }

    /// Asks for small writes to go out at once, without Nagle's algorithm.
    ///
    /// WASI 0.2 has no way to ask for it, so `true` is an error. It makes no difference to who
    /// writes a whole message at a time, as with `write_all`, and then reads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn f(stream: guest_runtime::net::TcpStream) {
    /// let error = stream.set_nodelay(true).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// `Unsupported` for `true`.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        if nodelay {
            let text = "cannot set TCP_NODELAY: WASI 0.2 has no such option";
            return Err(io::Error::new(io::ErrorKind::Unsupported, text));
        }
        Ok(())
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpStream").field("peer_addr", &self.peer_addr()).finish_non_exhaustive()
    }
}

impl AsyncRead for TcpStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.read).poll_read(context, into)
    }
}

impl AsyncBufRead for TcpStream {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Pin::new(&mut self.get_mut().read).poll_fill_buf(context)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        Pin::new(&mut self.read).consume(amount);
    }
}

impl AsyncWrite for TcpStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.write).poll_write_vectored(context, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.write).poll_close(context)
    }
}
