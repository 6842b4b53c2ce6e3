//! A reader of any input stream of WASI.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncBufRead, AsyncRead};
use wasi::io::streams::InputStream;

use super::error;
use crate::reactor::Readiness;

/// How many bytes a read asks for, at least and at most.
///
/// A host allocates as many as it is asked for, so a stream of small messages should not ask for many.
/// wasmtime never returns more than the maximum.
const CHUNKS: std::ops::RangeInclusive<usize> = 4 << 10..=64 << 10;

/// Reads an input stream of WASI.
///
/// It implements [`AsyncBufRead`]: the bytes that the host returns are the buffer, so
/// [`fill_buf`](futures_lite::io::AsyncBufReadExt::fill_buf) returns them without a copy. A `BufReader` around
/// it would only add a copy.
///
/// # Examples
///
/// ```
/// use guest_runtime::io::Reader;
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let mut reader = Reader::new(wasi::cli::stdin::get_stdin());
///     let mut line = String::new();
///     assert_eq!(reader.read_line(&mut line).await.unwrap(), 0);      // the end of the input
/// });
/// ```
///
/// # Cancellation
///
/// A read that is dropped loses nothing: bytes that the host returned in the meantime stay in the buffer.
/// Dropping the `Reader` drops the stream and the buffer.
#[must_use = "a reader reads nothing by itself"]
pub struct Reader {
    // A pollable is a child of its stream, and has to go first.
    readable: Readiness,
    stream: InputStream,
    buffer: Vec<u8>,
    /// How many bytes of the buffer have been read.
    consumed: usize,
    /// How many bytes the next read asks for.
    chunk: usize,
    state: State,
}

/// What the last read showed about the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more.
    Open,
    /// The last read returned less than it asked for, so the next one waits first.
    Drained,
    Ended,
}

impl Reader {
    /// Returns a reader of this stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::io::Reader;
    /// use guest_runtime::prelude::*;
    ///
    /// guest_runtime::block_on(async {
    ///     let mut input = Vec::new();
    ///     Reader::new(wasi::cli::stdin::get_stdin()).read_to_end(&mut input).await.unwrap();
    ///     assert_eq!(input, b"");
    /// });
    /// ```
    pub fn new(stream: InputStream) -> Self {
        Self {
            readable: Readiness::default(),
            stream,
            buffer: Vec::new(),
            consumed: 0,
            chunk: *CHUNKS.start(),
            state: State::Open,
        }
    }

    /// Reads from the host, when the whole buffer has been consumed.
    fn poll_more(&mut self, context: &Context<'_>, at_least: usize) -> Poll<io::Result<()>> {
        let length = self.chunk.max(at_least).min(*CHUNKS.end());
        loop {
            match self.state {
                State::Open => {}
                State::Drained => ready!(self.readable.poll(context, || self.stream.subscribe())),
                State::Ended => return Poll::Ready(Ok(())),
            }
            match self.stream.read(length as u64) {
                Ok(bytes) => {
                    self.state = if bytes.len() < length { State::Drained } else { State::Open };
                    if !bytes.is_empty() {
                        self.adapt(bytes.len());
                        (self.buffer, self.consumed) = (bytes, 0);
                        return Poll::Ready(Ok(()));
                    }
                }
                Err(error) => {
                    self.state = State::Ended;
                    return Poll::Ready(error::of_read(error).map_or(Ok(()), Err));
                }
            }
        }
    }

    /// Asks for more next time if the host returned as much as asked for, and for less if it returned little.
    fn adapt(&mut self, got: usize) {
        if got >= self.chunk {
            self.chunk = (self.chunk * 2).min(*CHUNKS.end());
        } else if got < self.chunk / 4 {
            self.chunk = (self.chunk / 2).max(*CHUNKS.start());
        }
    }

    fn unread(&self) -> &[u8] {
        &self.buffer[self.consumed..]
    }
}

impl AsyncBufRead for Reader {
    fn poll_fill_buf(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        if this.unread().is_empty() {
            this.buffer.clear();
            this.consumed = 0;
            ready!(this.poll_more(context, 0))?;
        }
        Poll::Ready(Ok(this.unread()))
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.consumed = (self.consumed + amount).min(self.buffer.len());
    }
}

impl AsyncRead for Reader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.unread().is_empty() && !into.is_empty() {
            self.buffer.clear();
            self.consumed = 0;
            ready!(self.poll_more(context, into.len()))?;
        }
        let unread = self.unread();
        let length = unread.len().min(into.len());
        into[..length].copy_from_slice(&unread[..length]);
        self.consumed += length;
        Poll::Ready(Ok(length))
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unread = self.unread().len();
        f.debug_struct("Reader").field("state", &self.state).field("unread", &unread).finish_non_exhaustive()
    }
}
