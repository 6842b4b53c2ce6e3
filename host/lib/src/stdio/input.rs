//! Stdin, for several concurrent readers.
//!
//! Instances that read stdin each get a part of it. A reader that is woken, and finds that another has taken
//! the input, waits again. The stream of wasmtime does that ten times and then ends its guest with a trap,
//! which happens with a slow writer and a few fast readers.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};
use wasmtime_wasi::cli::{IsTerminal, StdinStream};
use wasmtime_wasi::p2::{InputStream, Pollable, StreamError, StreamResult};

/// The stdin of this process.
pub(crate) struct Stdin;

impl IsTerminal for Stdin {
    fn is_terminal(&self) -> bool {
        io::stdin().is_terminal()
    }
}

impl StdinStream for Stdin {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        io::stdin().async_stream()
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Patient(io::stdin().p2_stream()))
    }
}

/// A stream whose readers wait until there is input for them.
struct Patient(Box<dyn InputStream>);

#[async_trait::async_trait]
impl Pollable for Patient {
    async fn ready(&mut self) {
        self.0.ready().await;
    }
}

#[async_trait::async_trait]
impl InputStream for Patient {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        self.0.read(size)
    }

    async fn blocking_read(&mut self, size: usize) -> StreamResult<Bytes> {
        loop {
            self.0.ready().await;
            let bytes = self.0.read(size)?;
            if size == 0 || !bytes.is_empty() {
                return Ok(bytes);
            }
        }
    }

    async fn cancel(&mut self) {
        self.0.cancel().await;
    }
}

/// The stdin of the owner of a run, for an instance on another machine. To read it ends the instance: without that, a
/// job would find another input where it runs.
pub(crate) struct Absent;

/// The error of reading it.
const ABSENT: &str =
    "a job on another machine has no stdin: read stdin in main, and pass to the job what it needs";

impl IsTerminal for Absent {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdinStream for Absent {
    fn async_stream(&self) -> Box<dyn AsyncRead + Send + Sync> {
        Box::new(Self)
    }

    fn p2_stream(&self) -> Box<dyn InputStream> {
        Box::new(Self)
    }
}

#[async_trait::async_trait]
impl Pollable for Absent {
    async fn ready(&mut self) {}
}

impl InputStream for Absent {
    fn read(&mut self, _: usize) -> StreamResult<Bytes> {
        Err(StreamError::trap(ABSENT))
    }
}

impl AsyncRead for Absent {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other(ABSENT)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reports a hundred times that there is input, which another reader has then taken.
    struct Contended(u32);

    #[async_trait::async_trait]
    impl Pollable for Contended {
        async fn ready(&mut self) {}
    }

    impl InputStream for Contended {
        fn read(&mut self, size: usize) -> StreamResult<Bytes> {
            self.0 += 1;
            Ok(if self.0 > 100 { Bytes::from_static(b"at last").slice(..size.min(7)) } else { Bytes::new() })
        }
    }

    #[test]
    fn who_is_always_late_gets_something_at_last() {
        let mut stream = Patient(Box::new(Contended(0)));
        let mut read = |size| futures_executor::block_on(stream.blocking_read(size)).expect("the end");
        assert_eq!(read(0), "");
        assert_eq!(read(100), "at last");
    }
}
