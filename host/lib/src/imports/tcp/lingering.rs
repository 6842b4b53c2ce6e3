//! Connections that a guest has dropped while the host still had something to write.
//!
//! wasmtime-wasi waits for that, and the instance with it: a client that does not read would stop a server. So
//! what is left is written in the background, as an operating system does for a socket that was closed. A
//! client that never reads would have its descriptor for ever, so there are only so many of these, for so long,
//! and one that is in the way of a new connection goes earlier. A connection that goes before all is written is
//! closed, and the rest of it is lost, as it is when a program ends.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamResult};

/// How long a connection lingers at most, and how many of one instance do.
const LONGEST: Duration = Duration::from_secs(30);
const MOST: usize = 256;

/// How long one has lingered before it makes way for another connection.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long a listener waits for a descriptor before it tries again.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// The connections of an instance that linger. They go with it.
#[derive(Clone, Default)]
pub(super) struct Lingering(Arc<Connections>);

/// Since when each lingers, the oldest first.
#[derive(Default)]
struct Connections(Mutex<VecDeque<(Instant, AbortHandle)>>);

impl Connections {
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Instant, AbortHandle)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.lock().drain(..).for_each(|(_, connection)| connection.abort());
    }
}

impl Lingering {
    /// Writes in the background what this stream was given.
    fn keep(&self, mut stream: DynOutputStream) {
        let mut connections = self.0.lock();
        connections.retain(|(_, connection)| !connection.is_finished());
        if connections.len() >= MOST
            && let Some((_, oldest)) = connections.pop_front()
        {
            oldest.abort();
        }
        // To cancel a stream of a socket is to wait until it has written.
        let written = tokio::spawn(async move { _ = timeout(LONGEST, stream.cancel()).await });
        connections.push_back((Instant::now(), written.abort_handle()));
    }

    /// Closes the one that has lingered longest, if it had some time.
    pub(super) fn close_oldest(&self) {
        let mut connections = self.0.lock();
        connections.retain(|(_, connection)| !connection.is_finished());
        if connections.front().is_some_and(|(since, _)| since.elapsed() >= SHORTEST)
            && let Some((_, oldest)) = connections.pop_front()
        {
            oldest.abort();
        }
    }
}

/// The stream to a client, which lingers when it is dropped.
pub(super) struct LingeringStream {
    /// There until it is dropped.
    stream: Option<DynOutputStream>,
    lingering: Lingering,
}

impl LingeringStream {
    pub(super) fn new(stream: DynOutputStream, lingering: Lingering) -> Self {
        Self { stream: Some(stream), lingering }
    }

    fn stream(&mut self) -> StreamResult<&mut DynOutputStream> {
        self.stream.as_mut().ok_or(wasmtime_wasi::p2::StreamError::Closed)
    }
}

#[async_trait::async_trait]
impl Pollable for LingeringStream {
    async fn ready(&mut self) {
        if let Some(stream) = &mut self.stream {
            stream.ready().await;
        }
    }
}

#[async_trait::async_trait]
impl OutputStream for LingeringStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.stream()?.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.stream()?.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.stream()?.check_write()
    }

    async fn cancel(&mut self) {
        let Some(mut stream) = self.stream.take() else { return };
        // Most have nothing left to write.
        if matches!(stream.check_write(), Ok(0)) {
            self.lingering.keep(stream);
        }
    }
}
