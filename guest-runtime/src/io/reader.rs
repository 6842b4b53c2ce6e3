//! Any input stream of WASI as a source of bytes.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncBufRead, AsyncRead};
use wasi::io::streams::InputStream;

use super::error;
use crate::reactor::Readiness;

/// The least and the most bytes that are asked for at once.
///
/// A host makes room for as many as it is asked for, so a stream of small messages should not ask
/// for much; wasmtime never returns more than the most.
const CHUNKS: std::ops::RangeInclusive<usize> = 4 << 10..=64 << 10;

/// Reads an input stream of WASI.
///
/// It is an [`AsyncBufRead`]: what the host returns is the buffer, so
/// [`fill_buf`](futures_lite::io::AsyncBufReadExt::fill_buf) gives it without a copy, and a
/// `BufReader` around it would only add one.
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
///     assert_eq!(reader.read_line(&mut line).await.unwrap(), 0);      // the end
/// });
/// ```
///
/// # Cancellation
///
/// A read that is dropped has taken nothing: what the host returned in the meantime stays in the
/// buffer. Dropping the `Reader` drops the stream and what is in the buffer.
#[must_use = "a reader reads nothing by itself"]
pub struct Reader {
    // A pollable is a child of its stream, and has to go first.
    readable: Readiness,
    stream: InputStream,
    buffer: Vec<u8>,
    /// How much of the buffer has been read.
    consumed: usize,
    /// How much to ask for next.
    chunk: usize,
    state: State,
}

/// What the last read has shown of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// There may be more.
    Open,
    /// It gave less than asked for: the next read would find nothing, so it waits first.
    Drained,
    Ended,
}

impl Reader {
    /// A reader of this stream.
    ///
    /// # Examples
    ///
    /// ```
    /// let reader = guest_runtime::io::Reader::new(wasi::cli::stdin::get_stdin());
    /// assert!(format!("{reader:?}").contains("Open"));
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

    /// Asks the host for more, when all in the buffer has been read.
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

    /// Asks for more next time if there was as much as asked for, and for less if there was little.
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
