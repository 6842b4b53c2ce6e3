//! Any output stream of WASI as a sink of bytes.

use std::any::Any;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_io::AsyncWrite;
use wasi::io::streams::OutputStream;

use super::{error, linger};
use crate::host;
use crate::reactor::Readiness;

/// The most bytes that a vectored write puts together, which costs a copy.
///
/// A host call costs as much as the copy of some of them; a slice that is longer goes alone.
const GATHERED: usize = 16 << 10;

/// Writes an output stream of WASI.
///
/// There is no buffer here: a write hands over as much as the host has room for, and waits if
/// there is none. So it is the reader on the other side that sets the pace.
///
/// * `flush` waits until the host has passed on all that it was given.
/// * `close` does that, and then drops the stream.
///
/// # Examples
///
/// ```
/// use guest_runtime::io::Writer;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut writer = Writer::new(wasi::cli::stdout::get_stdout());
///     writer.write_all(b"hello\n").await.unwrap();
///     writer.close().await.unwrap();
///     assert!(writer.write_all(b"more").await.is_err());
/// });
/// ```
///
/// # Cancellation
///
/// A write that is dropped before it is ready has written nothing; `write_all` may have written a
/// part. When the `Writer` is dropped, what it was given before goes out for as long as the
/// program runs: `flush` where that has to be certain.
#[must_use = "a writer writes nothing by itself"]
pub struct Writer {
    writable: Readiness,
    /// `None` when it has been closed.
    stream: Option<OutputStream>,
    /// What the stream is a child of: it has to be there for as long as the stream is.
    parent: Option<Rc<dyn Any>>,
    /// Whether a host with cores goes on with what it was given when the stream is dropped, and does not wait.
    lingers_in_host: bool,
    /// What the host has said it has room for, if nothing was written since.
    permit: usize,
    progress: Progress,
}

/// How far the host is with what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It has passed on everything.
    Flushed,
    Written,
    Flushing,
}

impl Writer {
    /// A writer of this stream.
    ///
    /// # Examples
    ///
    /// ```
    /// let writer = guest_runtime::io::Writer::new(wasi::cli::stdout::get_stdout());
    /// assert!(format!("{writer:?}").contains("Flushed"));
    /// ```
    pub fn new(stream: OutputStream) -> Self {
        Self {
            writable: Readiness::default(),
            stream: Some(stream),
            parent: None,
            lingers_in_host: false,
            permit: 0,
            progress: Progress::Flushed,
        }
    }

    /// A writer of a stream that is the child of something.
    pub(crate) fn with_parent(stream: OutputStream, parent: Rc<dyn Any>) -> Self {
        let mut writer = Self::new(stream);
        writer.parent = Some(parent);
        writer
    }

    /// A writer of the stream of this socket.
    pub(crate) fn of_socket(stream: OutputStream, socket: Rc<dyn Any>) -> Self {
        let mut writer = Self::with_parent(stream, socket);
        writer.lingers_in_host = true;
        writer
    }

    /// Waits until the host has room.
    fn poll_permit(&mut self, context: &Context<'_>) -> Poll<io::Result<(usize, &OutputStream)>> {
        let Some(stream) = &self.stream else {
            return Poll::Ready(Err(io::Error::new(
                io::ErrorKind::BrokenPipe,
                "this stream has been closed",
            )));
        };
        while self.permit == 0 {
            match stream.check_write() {
                Ok(0) => ready!(self.writable.poll(context, || stream.subscribe())),
                Ok(room) => self.permit = usize::try_from(room).unwrap_or(usize::MAX),
                Err(error) => return Poll::Ready(Err(error::of_write(error))),
            }
        }
        Poll::Ready(Ok((self.permit, stream)))
    }
}

impl AsyncWrite for Writer {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let (room, stream) = ready!(self.poll_permit(context))?;
        let length = bytes.len().min(room);
        let written = stream.write(&bytes[..length]);
        // The host's word was good for one write.
        self.permit = 0;
        self.progress = Progress::Written;
        Poll::Ready(written.map(|()| length).map_err(error::of_write))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut slices = slices.iter().filter(|slice| !slice.is_empty()).peekable();
        match slices.next() {
            None => Poll::Ready(Ok(0)),
            Some(only) if only.len() >= GATHERED || slices.peek().is_none() => self.poll_write(context, only),
            Some(first) => {
                let mut gathered = first.to_vec();
                for slice in slices {
                    let room = GATHERED - gathered.len();
                    gathered.extend_from_slice(&slice[..slice.len().min(room)]);
                    if slice.len() >= room {
                        break;
                    }
                }
                self.poll_write(context, &gathered)
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.progress == Progress::Flushed {
            return Poll::Ready(Ok(()));
        }
        if self.progress == Progress::Written
            && let Some(stream) = &self.stream
        {
            stream.flush().map_err(error::of_write)?;
            self.permit = 0;
            self.progress = Progress::Flushing;
        }
        // There is room again when the host has passed on what it had.
        ready!(self.poll_permit(context))?;
        self.progress = Progress::Flushed;
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(context))?;
        // The pollable first: it is a child of the stream.
        self.writable = Readiness::default();
        self.stream = None;
        Poll::Ready(Ok(()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // To drop a stream that is not ready for a write would wait until it is, with all the
        // instance: until its reader has read.
        // One that is ready is not taken out here: it goes after its pollable, as the fields do.
        let is_taken_over = self.lingers_in_host && !host::has_no_host();
        if self.progress != Progress::Flushed
            && !is_taken_over
            && let Some(stream) = self.stream.take_if(|stream| matches!(stream.check_write(), Ok(0)))
        {
            let writable = std::mem::take(&mut self.writable).into_registration(|| stream.subscribe());
            linger::until_written(writable, stream, self.parent.take());
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { progress, .. } = self;
        let is_open = self.stream.is_some();
        f.debug_struct("Writer")
            .field("is_open", &is_open)
            .field("progress", progress)
            .finish_non_exhaustive()
    }
}
