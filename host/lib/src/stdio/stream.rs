//! An output as an instance sees it: `wasi:cli/stdout` and its `output-stream`s.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamError, StreamResult};

use super::line::Line;
use super::queue::Permit;
use super::refusal::{Failure, Full, NeverLooks, Refusal};

/// The permit of a stream that has room. As many bytes as wasmtime permits, because some programs rely on it.
///
/// A stream accepts more than it has room for only from a caller that passes it as one write. The host passes a
/// long write in pieces, and waits for room between them.
const SHOWN: usize = 1 << 20;

/// How often a guest may be refused while it does nothing else. One that goes on would do so forever.
const MAX_REFUSALS: usize = 1 << 20;

/// The stdout or stderr of one instance.
#[derive(Debug)]
pub(crate) struct Printer(Arc<Line>);

impl Printer {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Self(line)
    }

    fn handle(&self) -> Handle {
        Handle { line: Arc::clone(&self.0), flush_to: 0 }
    }
}

impl IsTerminal for Printer {
    fn is_terminal(&self) -> bool {
        self.0.queue.is_terminal()
    }
}

impl StdoutStream for Printer {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.handle())
    }

    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(AsyncHandle { handle: self.handle(), ready: None })
    }
}

/// One `output-stream` of an instance, which may have several.
struct Handle {
    line: Arc<Line>,
    /// The byte of the account up to which it has asked to flush.
    flush_to: u64,
}

impl Handle {
    /// Returns the error of the guest for a refusal.
    ///
    /// Like wasmtime's, the stream remains usable: the next write is another attempt.
    fn refuse(&self, refusal: Refusal) -> StreamError {
        match refusal {
            Refusal::Full => StreamError::Trap(Full.into()),
            Refusal::Closed => StreamError::Closed,
            Refusal::Failed(Failure::BrokenPipe) => {
                if let Some(last_words) = &self.line.begins {
                    last_words.begin();
                    if self.line.account.refuse() > MAX_REFUSALS {
                        return StreamError::Trap(NeverLooks.into());
                    }
                }
                StreamError::Closed
            }
            Refusal::Failed(failure) => StreamError::LastOperationFailed(io::Error::from(failure).into()),
        }
    }

    /// Waits until all that was flushed is written.
    async fn written(&mut self) -> StreamResult<()> {
        loop {
            self.ready().await;
            match self.line.check(self.flush_to) {
                Ok(_) if self.line.account.is_written_to(self.flush_to) => return Ok(()),
                Ok(_) => {}
                Err(refusal) => return Err(self.refuse(refusal)),
            }
        }
    }

    /// Returns an owned future, which can be stored.
    fn ready_owned(&self) -> Ready {
        let (queue, account) = (Arc::clone(&self.line.queue), Arc::clone(&self.line.account));
        let flush_to = self.flush_to;
        Box::pin(async move { queue.ready(&account, flush_to).await })
    }
}

#[async_trait]
impl OutputStream for Handle {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let Line { queue, account, .. } = &*self.line;
        if !account.is_written_to(self.flush_to) {
            return Err(self.refuse(Refusal::Full));
        }
        queue.write(account, bytes).map_err(|refusal| self.refuse(refusal))
    }

    /// Flushes all but what is held back of a line: the C library flushes after each piece, and only the guest's
    /// next step may release it.
    fn flush(&mut self) -> StreamResult<()> {
        let flushed = self.line.queue.flush(&self.line.account);
        self.flush_to = flushed.map_err(|refusal| self.refuse(refusal))?;
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        match self.line.check(self.flush_to) {
            Ok(Permit::Write(_)) => Ok(SHOWN),
            Ok(Permit::WaitForOwn | Permit::WaitForAll) => Ok(0),
            Err(refusal) => Err(self.refuse(refusal)),
        }
    }

    async fn blocking_write_and_flush(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.write_ready().await?;
        self.write(bytes)?;
        self.flush()?;
        if self.line.account.is_written_to(self.flush_to) { Ok(()) } else { self.written().await }
    }

    /// Waits for room. Instances that wait for the same room may take it from each other any number of times.
    async fn write_ready(&mut self) -> StreamResult<usize> {
        loop {
            match self.check_write()? {
                0 => self.ready().await,
                permit => return Ok(permit),
            }
        }
    }
}

#[async_trait]
impl Pollable for Handle {
    async fn ready(&mut self) {
        self.line.queue.ready(&self.line.account, self.flush_to).await;
    }
}

type Ready = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// The equivalent for WASI 0.3, whose streams are tokio's.
struct AsyncHandle {
    handle: Handle,
    ready: Option<Ready>,
}

impl AsyncHandle {
    fn poll_permit(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        loop {
            let handle = &self.handle;
            match handle.line.check(handle.flush_to) {
                Ok(Permit::Write(len)) => return Poll::Ready(Ok(len)),
                Err(refusal) => return Poll::Ready(Err(refusal.into())),
                Ok(Permit::WaitForOwn | Permit::WaitForAll) => {}
            }
            let ready = self.ready.get_or_insert_with(|| self.handle.ready_owned());
            ready!(ready.as_mut().poll(cx));
            self.ready = None;
        }
    }
}

impl AsyncWrite for AsyncHandle {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let len = ready!(self.poll_permit(cx))?.min(bytes.len());
        let Line { queue, account, .. } = &*self.handle.line;
        queue.write(account, Bytes::copy_from_slice(&bytes[..len]))?;
        Poll::Ready(Ok(len))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Line { queue, account, .. } = &*self.handle.line;
        let queued = queue.flush(account)?;
        self.handle.flush_to = queued;
        self.poll_permit(cx).map_ok(|_| ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
