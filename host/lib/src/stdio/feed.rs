//! Stdin from a reader of the embedding program, for several concurrent instances.
//!
//! A reader may block, and a core must not. So a thread reads, one piece ahead of the instances, from when the
//! first of them wants input. Each piece goes to the instances that take it.

use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use wasmtime_wasi::cli::{IsTerminal, StdinStream};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

/// The most bytes that are read at a time.
const PIECE: usize = 64 << 10;

/// The input of one run, which its instances share. A clone is the same input.
pub(crate) struct Feed(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Notified when the piece has been taken, and when nothing takes one any more.
    taken: Condvar,
}

struct State {
    /// The reader, until its thread starts.
    reader: Option<Box<dyn Read + Send>>,
    /// What was read and not taken.
    piece: Bytes,
    /// How the input ends after the piece.
    end: Option<io::Result<()>>,
    wakers: Vec<Waker>,
    /// How many clones of the input there are. Without any, nothing more is read.
    feeds: usize,
}

impl Feed {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        let (piece, end, wakers) = (Bytes::new(), None, Vec::new());
        let state = Mutex::new(State { reader: Some(reader), piece, end, wakers, feeds: 1 });
        Self(Arc::new(Shared { state, taken: Condvar::new() }))
    }

    /// Waits until there is input, or its end.
    fn poll_ready(&self, context: &Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if let Some(reader) = state.reader.take() {
            let shared = Arc::clone(&self.0);
            let thread = thread::Builder::new().name("input".to_owned());
            if let Err(error) = thread.spawn(move || shared.read_all(reader)) {
                state.end = Some(Err(error));
            }
        }
        if !state.piece.is_empty() || state.end.is_some() {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
            state.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Takes up to this many bytes, if there are any. Returns `None` at the end.
    fn take(&self, most: usize) -> io::Result<Option<Bytes>> {
        let mut state = self.0.lock();
        if state.piece.is_empty() {
            return match &state.end {
                None => Ok(Some(Bytes::new())),
                Some(Ok(())) => Ok(None),
                Some(Err(error)) => Err(io::Error::new(error.kind(), error.to_string())),
            };
        }
        let bytes = state.piece.len().min(most);
        let taken = state.piece.split_to(bytes);
        if state.piece.is_empty() {
            self.0.taken.notify_all();
        }
        Ok(Some(taken))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads piece by piece, each when the one before has been taken. Ends with the input, or when no instance and
    /// no configuration is left.
    fn read_all(&self, mut reader: Box<dyn Read + Send>) {
        let mut buffer = vec![0; PIECE];
        loop {
            let read = match reader.read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read,
            };
            let mut state = self.lock();
            match read {
                Ok(0) => state.end = Some(Ok(())),
                Ok(bytes) => state.piece = Bytes::copy_from_slice(&buffer[..bytes]),
                Err(error) => state.end = Some(Err(error)),
            }
            state.wakers.drain(..).for_each(Waker::wake);
            while !state.piece.is_empty() && state.feeds > 0 {
                state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.end.is_some() || state.feeds == 0 {
                return;
            }
        }
    }
}

impl Clone for Feed {
    fn clone(&self) -> Self {
        self.0.lock().feeds += 1;
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.0.lock().feeds -= 1;
        // The thread may wait for an instance that does not come.
        self.0.taken.notify_all();
    }
}

impl IsTerminal for Feed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Feed {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Feed {
    async fn ready(&mut self) {
        poll_fn(|context| self.poll_ready(context)).await;
    }
}

#[async_trait::async_trait]
impl InputStream for Feed {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        match self.take(size) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(StreamError::Closed),
            Err(error) => Err(StreamError::LastOperationFailed(error.into())),
        }
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        loop {
            self.ready().await;
            let bytes = self.read(size)?;
            // Another instance may have taken the input.
            if size == 0 || !bytes.is_empty() {
                return Ok(bytes);
            }
        }
    }
}

impl AsyncRead for Feed {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            std::task::ready!(self.poll_ready(context));
            let taken = self.take(buffer.remaining())?;
            match taken {
                // Another instance has taken the input.
                Some(bytes) if bytes.is_empty() && buffer.remaining() > 0 => {}
                taken => {
                    buffer.put_slice(&taken.unwrap_or_default());
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};

    /// A reader that blocks until there is something in the channel.
    struct Blocking(Receiver<&'static [u8]>);

    impl Read for Blocking {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Ok(bytes) = self.0.recv() else { return Ok(0) };
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    #[test]
    fn several_instances_take_what_a_reader_has() {
        let (sender, receiver) = channel();
        let feed = Feed::new(Box::new(Blocking(receiver)));
        let (mut first, mut second) = (feed.clone(), feed);
        let read = |feed: &mut Feed, size| futures_executor::block_on(feed.blocking_read(size));
        assert_eq!(first.read(10).unwrap(), "", "nothing is there, and nothing blocks");
        sender.send(b"abc").unwrap();
        assert_eq!(read(&mut first, 2).unwrap(), "ab");
        assert_eq!(read(&mut second, 2).unwrap(), "c");
        let waiting = thread::spawn(move || (futures_executor::block_on(second.blocking_read(9)), second));
        sender.send(b"d").unwrap();
        assert_eq!(waiting.join().unwrap().0.unwrap(), "d");
        drop(sender);
        assert!(matches!(read(&mut first, 1), Err(StreamError::Closed)));
    }

    #[test]
    fn a_reader_is_dropped_when_nothing_reads_any_more() {
        let (sender, receiver) = channel();
        let mut feed = Feed::new(Box::new(Blocking(receiver)));
        sender.send(b"abc").unwrap();
        futures_executor::block_on(feed.ready());
        drop(feed);
        // The thread takes no more, and ends with its reader.
        while sender.send(b"d").is_ok() {
            thread::yield_now();
        }
    }
}
