//! An output as an instance sees it: `wasi:cli/stdout` and its `output-stream`s.

use std::io;
use std::mem;
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
use super::refusal::{Failure, Refusal};

/// The stdout or stderr of one instance.
#[derive(Debug)]
pub(crate) struct Printer(Arc<Line>);

impl Printer {
    pub(super) fn new(line: Arc<Line>) -> Self {
        Self(line)
    }

    fn handle(&self) -> Handle {
        Handle { line: Arc::clone(&self.0), flush_to: 0, permit: 0, has_heard: false }
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
    /// How many bytes the next write may have.
    permit: usize,
    /// Whether a failure was reported. It is reported once; from then on the stream is closed.
    has_heard: bool,
}

impl Handle {
    fn refuse(&mut self, refusal: Refusal) -> StreamError {
        match refusal {
            Refusal::TooMuch => StreamError::trap("wrote more than check-write permitted"),
            Refusal::Closed | Refusal::Failed(Failure::BrokenPipe) => StreamError::Closed,
            Refusal::Failed(_) if self.has_heard => StreamError::Closed,
            Refusal::Failed(failure) => {
                self.has_heard = true;
                StreamError::LastOperationFailed(io::Error::from(failure).into())
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
        let Line { queue, account } = &*self.line;
        if !account.is_written_to(self.flush_to) {
            return Err(StreamError::trap("write not permitted while flush pending"));
        }
        // Each permit is for one write. Otherwise one permit would allow any number of single bytes.
        if bytes.len() > mem::take(&mut self.permit) {
            return Err(self.refuse(Refusal::TooMuch));
        }
        queue.write(account, bytes).map_err(|refusal| self.refuse(refusal))
    }

    fn flush(&mut self) -> StreamResult<()> {
        let queued = self.line.queue.flush(&self.line.account);
        self.flush_to = queued.map_err(|refusal| self.refuse(refusal))?;
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.permit = 0;
        match self.line.check(self.flush_to) {
            Ok(Permit::Write(len)) => self.permit = len,
            Ok(Permit::WaitForOwn | Permit::WaitForAll) => {}
            Err(refusal) => return Err(self.refuse(refusal)),
        }
        Ok(self.permit)
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
        let Line { queue, account } = &*self.handle.line;
        queue.write(account, Bytes::copy_from_slice(&bytes[..len]))?;
        Poll::Ready(Ok(len))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Line { queue, account } = &*self.handle.line;
        let queued = queue.flush(account)?;
        self.handle.flush_to = queued;
        self.poll_permit(cx).map_ok(|_| ())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
