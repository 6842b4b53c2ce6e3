//! The two directions of a connection.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncBufRead, AsyncRead, AsyncWrite};
use wasi::io::streams::{InputStream, OutputStream};
use wasi::sockets::tcp::{ShutdownType, TcpSocket};

use super::error;
use crate::io::{Reader, Writer};

/// The reading direction of a [`TcpStream`](super::TcpStream), after [`split`](super::TcpStream::split).
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::net::ReadHalf;
/// use guest_runtime::prelude::*;
///
/// async fn greeting(reader: &mut ReadHalf) -> std::io::Result<()> {
///     let mut line = String::new();
///     assert!(reader.read_line(&mut line).await? > 0);
///     Ok(())
/// }
/// ```
#[must_use = "a connection is closed when both halves are dropped"]
pub struct ReadHalf {
    reader: Reader,
    // The streams are children of the socket, and are dropped first.
    _socket: Rc<TcpSocket>,
}

/// The writing direction of a [`TcpStream`](super::TcpStream), after [`split`](super::TcpStream::split).
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::net::WriteHalf;
/// use guest_runtime::prelude::*;
///
/// async fn goodbye(writer: &mut WriteHalf) {
///     assert!(writer.write_all(b"bye\n").await.is_ok());
///     assert!(writer.close().await.is_ok());
/// }
/// ```
///
/// # Cancellation
///
/// Dropping it shuts this direction down, after what was written: the peer reads the end of the stream.
#[must_use = "dropping it ends this direction of the connection"]
pub struct WriteHalf {
    writer: Writer,
    socket: Rc<TcpSocket>,
}

pub(super) fn new(socket: TcpSocket, input: InputStream, output: OutputStream) -> (ReadHalf, WriteHalf) {
    let socket = Rc::new(socket);
    let writer = Writer::of_socket(output, Rc::clone(&socket) as Rc<_>);
    let read = ReadHalf { reader: Reader::new(input), _socket: Rc::clone(&socket) };
    (read, WriteHalf { writer, socket })
}

pub(super) fn shut_down(socket: &TcpSocket, how: ShutdownType) -> io::Result<()> {
    socket.shutdown(how).map_err(|code| error::cannot("shut down a connection", code))
}

impl WriteHalf {
    pub(super) fn socket(&self) -> &TcpSocket {
        &self.socket
    }
}

impl AsyncRead for ReadHalf {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.reader).poll_read(context, into)
    }
}

impl AsyncBufRead for ReadHalf {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        Pin::new(&mut self.get_mut().reader).poll_fill_buf(context)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        Pin::new(&mut self.reader).consume(amount);
    }
}

impl AsyncWrite for WriteHalf {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write_vectored(context, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.writer).poll_flush(context))?;
        Poll::Ready(shut_down(&self.socket, ShutdownType::Send))
    }
}

impl Drop for WriteHalf {
    fn drop(&mut self) {
        // It may have been shut down already, or the connection may be gone.
        let _ = shut_down(&self.socket, ShutdownType::Send);
    }
}

impl fmt::Debug for ReadHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadHalf").field("reader", &self.reader).finish_non_exhaustive()
    }
}

impl fmt::Debug for WriteHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WriteHalf").field("writer", &self.writer).finish_non_exhaustive()
    }
}
