//! A writer of any output stream of WASI.

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

/// How many bytes a vectored write copies together at most.
///
/// A host call costs as much as copying a part of them. A longer slice is written alone.
const GATHERED: usize = 16 << 10;

/// Writes an output stream of WASI.
///
/// It has no buffer: a write passes as many bytes as the host has room for, and waits if there is no room.
/// So a slow reader slows the writer down.
///
/// * `flush` waits until the host has written everything.
/// * `close` flushes, and then drops the stream.
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
/// A write that is dropped before it is ready has written nothing; `write_all` may have written a part. After
/// the `Writer` is dropped, the host still writes what it has for as long as the program runs. Call `flush`
/// where that has to be certain.
#[must_use = "a writer writes nothing by itself"]
pub struct Writer {
    writable: Readiness,
    /// `None` after it has been closed.
    stream: Option<OutputStream>,
    /// The parent resource of the stream, which has to outlive it.
    parent: Option<Rc<dyn Any>>,
    /// Whether a host of this project finishes writing when the stream is dropped, without blocking.
    lingers_in_host: bool,
    /// How many bytes the host has room for, if nothing was written since it was asked.
    permit: usize,
    progress: Progress,
}

/// The progress of the host's writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Everything has been written.
    Flushed,
    Written,
    Flushing,
}

impl Writer {
    /// Returns a writer of this stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::io::Writer;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut writer = Writer::new(wasi::cli::stderr::get_stderr());
    ///     writer.write_all(b"careful\n").await.unwrap();
    /// });
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

    /// Returns a writer of a stream that is a child of this resource.
    pub(crate) fn with_parent(stream: OutputStream, parent: Rc<dyn Any>) -> Self {
        let mut writer = Self::new(stream);
        writer.parent = Some(parent);
        writer
    }

    /// Returns a writer of the stream of this socket.
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
        // A permit is valid for one write.
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
        // The host has room again when it has written everything.
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
        // Dropping a stream that is not ready would block the whole instance until its reader has read. One
        // that is ready is dropped with the other fields, after its pollable.
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
