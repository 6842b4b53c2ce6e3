//! Streams of files that epoll reports as ready: FIFOs, terminals and other devices.
//!
//! They need no thread, and a dropped one leaves nothing behind. Such files have no position, so the offsets of
//! the guest are ignored. The types of tokio are those for pipes, which work for any such descriptor.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use bytes::{Buf as _, Bytes};
use tokio::net::unix::pipe::{Receiver, Sender};
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

/// The most bytes that are read, or wait to be written, at a time, as for plain files.
const CHUNK: usize = 64 << 10;

/// Reads from a polled file.
pub(super) struct Input(Receiver);

impl Input {
    /// Creates a stream of a file with `O_NONBLOCK`.
    pub(super) fn new(file: &File) -> io::Result<Self> {
        Receiver::from_owned_fd_unchecked(OwnedFd::from(file.try_clone()?)).map(Self)
    }

    /// Reads up to `size` bytes as soon as there are any. Returns no bytes at the end of the file.
    pub(super) async fn read_some(&self, size: usize) -> io::Result<Bytes> {
        loop {
            self.0.readable().await?;
            match self.try_read(size) {
                Err(error) if is_temporary(&error) => {}
                read => return read,
            }
        }
    }

    fn try_read(&self, size: usize) -> io::Result<Bytes> {
        let mut bytes = vec![0; size.min(CHUNK)];
        let read = self.0.try_read(&mut bytes)?;
        bytes.truncate(read);
        Ok(bytes.into())
    }
}

#[async_trait::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        // The next read reports an error.
        _ = self.0.readable().await;
    }
}

#[async_trait::async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 {
            return Ok(Bytes::new());
        }
        match self.try_read(size) {
            Err(error) if is_temporary(&error) => Ok(Bytes::new()),
            read => end_if_empty(read),
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size == 0 { Ok(Bytes::new()) } else { end_if_empty(self.read_some(size).await) }
    }
}

fn end_if_empty(read: io::Result<Bytes>) -> StreamResult<Bytes> {
    match read {
        Ok(bytes) if bytes.is_empty() => Err(StreamError::Closed),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(StreamError::LastOperationFailed(error.into())),
    }
}

/// Writes to a polled file.
pub(super) struct Output {
    file: Sender,
    /// The bytes that the guest has written and the file has not accepted yet.
    waiting: Bytes,
    failure: Option<io::Error>,
}

impl Output {
    /// Creates a stream of a file with `O_NONBLOCK`.
    pub(super) fn new(file: &File) -> io::Result<Self> {
        let file = Sender::from_owned_fd_unchecked(OwnedFd::from(file.try_clone()?))?;
        Ok(Self { file, waiting: Bytes::new(), failure: None })
    }

    /// Writes a part of these bytes as soon as there is room. Returns the number of bytes written.
    pub(super) async fn write_some(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.file.writable().await?;
            match self.file.try_write(bytes) {
                Err(error) if is_temporary(&error) => {}
                written => return written,
            }
        }
    }

    fn check(&mut self) -> StreamResult<()> {
        self.failure.take().map_or(Ok(()), |error| Err(StreamError::LastOperationFailed(error.into())))
    }

    /// Records the result of a write.
    fn wrote(&mut self, written: io::Result<usize>) {
        match written {
            Ok(written) => self.waiting.advance(written),
            Err(error) if is_temporary(&error) => {}
            Err(error) => {
                self.waiting.clear();
                self.failure = Some(error);
            }
        }
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        while !self.waiting.is_empty() {
            let written = self.write_some(&self.waiting).await;
            self.wrote(written);
        }
    }
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check()?;
        if !self.waiting.is_empty() || bytes.len() > CHUNK {
            return Err(StreamError::trap("a write that check-write does not permit"));
        }
        if !bytes.is_empty() {
            self.waiting = bytes;
            let written = self.file.try_write(&self.waiting);
            self.wrote(written);
        }
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.check()?;
        Ok(if self.waiting.is_empty() { CHUNK } else { 0 })
    }

    /// Waits until the file has accepted all bytes, so that dropping the stream loses none.
    async fn cancel(&mut self) {
        self.ready().await;
    }
}

fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
