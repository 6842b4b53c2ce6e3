//! Streams of files that may block: each read and write runs on a thread.
//!
//! The stream of wasmtime-wasi moves to the thread, and returns with the result.

use std::task::{Context, Waker};

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, InputStream, OutputStream, Pollable, StreamError, StreamResult,
};

use super::now::now;
use super::threads::Threads;

/// How many bytes are read when the guest waits for data without giving a size, the same as in wasmtime-wasi.
const READ_AHEAD: usize = 4096;

/// A stream of wasmtime-wasi, and the place where it is.
enum Stream<S, R> {
    Idle(S),
    OnThread(BoxFuture<'static, (S, R)>),
    /// The stream has returned from the thread, with the result.
    Back(S, R),
    /// A placeholder while the stream is moved.
    Moving,
}

impl<S: Send + 'static, R: Send + 'static> Stream<S, R> {
    /// Starts an operation on a thread, unless the stream is on one already.
    fn send(&mut self, threads: &Threads, work: impl FnOnce(&mut S) -> R + Send + 'static) {
        *self = match std::mem::replace(self, Self::Moving) {
            Self::Idle(mut stream) => {
                let threads = threads.clone();
                let there = async move {
                    let work = move || {
                        let result = work(&mut stream);
                        (stream, result)
                    };
                    threads.run(work).await
                };
                Self::OnThread(there.boxed())
            }
            other => other,
        };
        // Begins the operation now, even if the guest never waits for it.
        self.look();
    }

    /// Checks whether the stream has returned.
    fn look(&mut self) {
        if let Self::OnThread(there) = self
            && let std::task::Poll::Ready((stream, result)) =
                there.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        {
            *self = Self::Back(stream, result);
        }
    }

    /// Waits until the stream has returned.
    async fn back(&mut self) {
        if let Self::OnThread(there) = self {
            let (stream, result) = there.await;
            *self = Self::Back(stream, result);
        }
    }

    /// Takes the result, if the stream has returned.
    fn take_result(&mut self) -> Option<R> {
        match std::mem::replace(self, Self::Moving) {
            Self::Back(stream, result) => {
                *self = Self::Idle(stream);
                Some(result)
            }
            other => {
                *self = other;
                None
            }
        }
    }
}

/// Reads from a slow file.
pub(super) struct Input {
    stream: Stream<DynInputStream, StreamResult<Bytes>>,
    threads: Threads,
    /// The bytes that were read and that the guest has not taken yet.
    bytes: Bytes,
}

impl Input {
    pub(super) fn new(stream: DynInputStream, threads: Threads) -> Self {
        Self { stream: Stream::Idle(stream), threads, bytes: Bytes::new() }
    }

    fn begin(&mut self, size: usize) {
        self.stream.send(&self.threads, move |stream| now(stream.blocking_read(size)));
    }
}

#[async_trait::async_trait]
impl Pollable for Input {
    async fn ready(&mut self) {
        if self.bytes.is_empty() {
            self.begin(READ_AHEAD);
            self.stream.back().await;
        }
    }
}

#[async_trait::async_trait]
impl InputStream for Input {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size > 0 && self.bytes.is_empty() {
            self.begin(size);
            self.bytes = self.stream.take_result().unwrap_or(Ok(Bytes::new()))?;
        }
        Ok(self.bytes.split_to(size.min(self.bytes.len())))
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        if size > 0 && self.bytes.is_empty() {
            self.begin(size);
            self.stream.back().await;
        }
        self.read(size)
    }
}

/// Writes to a slow file.
pub(super) struct Output {
    stream: Stream<DynOutputStream, StreamResult<()>>,
    threads: Threads,
}

impl Output {
    pub(super) fn new(stream: DynOutputStream, threads: Threads) -> Self {
        Self { stream: Stream::Idle(stream), threads }
    }

    /// Returns the error of the last write, if it has failed.
    fn check(&mut self) -> StreamResult<()> {
        self.stream.look();
        self.stream.take_result().unwrap_or(Ok(()))
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {
        self.stream.back().await;
    }
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.check()?;
        if let Stream::OnThread(_) = self.stream {
            return Err(StreamError::trap("a write that check-write does not permit"));
        }
        self.stream.send(&self.threads, move |stream| now(stream.blocking_write_and_flush(bytes)));
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.check()?;
        match &mut self.stream {
            Stream::Idle(stream) => stream.check_write(),
            _ => Ok(0),
        }
    }

    /// Waits for the last write, so that dropping the stream does not abandon it.
    async fn cancel(&mut self) {
        self.ready().await;
    }
}
