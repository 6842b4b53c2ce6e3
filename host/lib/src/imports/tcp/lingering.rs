//! Connections that a guest has dropped while the host still had bytes to write.
//!
//! wasmtime-wasi waits for such writes, and so does the instance: a client that does not read would stop a
//! server. So the host writes the rest in the background, as an operating system does for a closed socket. A
//! client that never reads would keep its descriptor forever, so the number of lingering connections and their
//! time are bounded. One that takes the descriptor of a new connection is closed earlier. Closing a connection
//! before all is written loses the rest, as the end of a program does.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use wasmtime_wasi::p2::{DynOutputStream, OutputStream, Pollable, StreamResult};

/// The longest time that a connection lingers, and the most lingering connections of one instance.
const LONGEST: Duration = Duration::from_secs(30);
const MOST: usize = 256;

/// How long a connection lingers at least before it is closed for a new connection.
const SHORTEST: Duration = Duration::from_secs(1);

/// How long a listener waits for a descriptor before it tries again.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// The lingering connections of an instance. They are closed with the instance.
#[derive(Clone, Default)]
pub(super) struct Lingering(Arc<Connections>);

/// The lingering connections, each with the time when it began to linger, the oldest first.
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
    /// Writes the remaining bytes of this stream in the background.
    fn keep(&self, mut stream: DynOutputStream) {
        let mut connections = self.0.lock();
        connections.retain(|(_, connection)| !connection.is_finished());
        if connections.len() >= MOST
            && let Some((_, oldest)) = connections.pop_front()
        {
            oldest.abort();
        }
        // Cancelling the stream of a socket waits until it has written all bytes.
        let written = tokio::spawn(async move { _ = timeout(LONGEST, stream.cancel()).await });
        connections.push_back((Instant::now(), written.abort_handle()));
    }

    /// Closes the connection that has lingered longest, if it has lingered long enough.
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
    /// The stream, until it is cancelled.
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
        // Most streams have nothing left to write.
        if matches!(stream.check_write(), Ok(0)) {
            self.lingering.keep(stream);
        }
    }
}
