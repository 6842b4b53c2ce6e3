//! A TCP connection.

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
/// the same time after [`split`](Self::split). `close` shuts the writing direction down when everything has been
/// written; reading continues.
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
/// Dropping it closes the connection in both directions. What was written before is still sent for as long as
/// the program runs; call `close` first where that has to be certain.
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

    /// Connects to the first of these addresses that accepts.
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
    /// The error of the last address, if none accepts: `ConnectionRefused` if nothing listens there,
    /// `PermissionDenied` if this program may not connect to it.
    ///
    /// # Cancellation
    ///
    /// Dropping the future cancels the attempt.
    pub async fn connect(address: impl Address) -> io::Result<Self> {
        address::first(address, "connect to", Self::connect_to).await
    }

    async fn connect_to(address: SocketAddr) -> Result<Self, ErrorCode> {
        let socket = create_tcp_socket(address::family(address))?;
        socket.start_connect(&instance_network(), address::to_wasi(address))?;
        let connected = Registration::new(socket.subscribe());
        let (input, output) = finish(&connected, || socket.finish_connect()).await?;
        // It is a child of the socket.
        drop(connected);
        Ok(Self::new(socket, input, output))
    }

    /// Splits the connection into its two directions, which can be used at the same time.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use guest_runtime::io;
    /// use guest_runtime::net::TcpStream;
    /// use guest_runtime::prelude::*;
    ///
    /// /// Connects stdin and stdout to a server, like netcat.
    /// async fn talk(stream: TcpStream) -> io::Result<()> {
    ///     let (reader, mut writer) = stream.split();
    ///     let send = async {
    ///         io::copy(io::stdin(), &mut writer).await?;
    ///         writer.close().await
    ///     };
    ///     let (copied, ()) = (io::copy(reader, io::stdout()), send).try_join().await?;
    ///     eprintln!("received {copied} bytes");
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Cancellation
    ///
    /// The connection stays open until both are dropped. Dropping the writing half shuts its direction down.
    pub fn split(self) -> (ReadHalf, WriteHalf) {
        (self.read, self.write)
    }

    /// Returns the address of the peer.
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
    /// If the connection is gone.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket().remote_address().map(address::of_wasi);
        address.map_err(|code| error::cannot("get the peer of a connection", code))
    }

    /// Returns the local address.
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
    /// If the connection is gone.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let address = self.socket().local_address().map(address::of_wasi);
        address.map_err(|code| error::cannot("get the local address of a connection", code))
    }

    /// Shuts one direction or both down, without waiting.
    ///
    /// What was written before is sent first; `close` waits for that.
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
    /// If the connection is gone.
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

    /// Returns how long this connection may be idle before the system probes whether the peer is still there;
    /// `None` if it never does.
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
    /// An error of the system.
    pub fn keepalive(&self) -> io::Result<Option<Duration>> {
        let idle = || match self.socket().keep_alive_enabled()? {
            true => self.socket().keep_alive_idle_time().map(Duration::from_nanos).map(Some),
            false => Ok(None),
        };
        idle().map_err(|code| error::cannot("get the keepalive of a connection", code))
    }

    /// Sets how long this connection may be idle before the system probes whether the peer is still there, or
    /// turns that off. If the peer is gone, reads then fail.
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
    /// `InvalidInput` for a time of zero, or an error of the system, which may round the time.
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

    /// Turns Nagle's algorithm off, so that small writes are sent at once.
    ///
    /// WASI 0.2 has no such option, so `true` is an error. The option makes no difference to a program that
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
