//! The body of a request while it is sent.
//!
//! No task runs it in the background, so the future that waits for the response polls it, and then the body of
//! the response does.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncBufRead, AsyncWrite as _};
use wasi::http::types::OutgoingBody;

use super::error::Error;
use super::error_kind::ErrorKind;
use super::peer::Peer;
use crate::io::Writer;

/// How many writes one poll makes at most. A fast server and a fast reader would otherwise starve everything
/// else.
const WRITES_PER_POLL: usize = 16;

/// A body that is being sent.
///
/// Dropping it before its end cuts it off: the server receives an incomplete request.
pub(super) struct Upload {
    /// The body. Not of the type `Body`, which may hold an upload itself.
    source: Pin<Box<dyn AsyncBufRead>>,
    // The stream is a child of the body, and has to be dropped first.
    writer: Writer,
    /// Finishing it marks the request as complete; dropping it, as incomplete.
    body: Rc<OutgoingBody>,
    peer: Peer,
}

impl Upload {
    pub(super) fn new(source: impl AsyncBufRead + 'static, body: OutgoingBody, peer: Peer) -> Self {
        let stream = body.write().expect("the stream of a new body has not been taken");
        let body = Rc::new(body);
        let writer = Writer::with_parent(stream, Rc::clone(&body) as _);
        Self { source: Box::pin(source), writer, body, peer }
    }

    /// Sends more; when this is ready, `upload` is `None`.
    ///
    /// A server that stops reading is no error here: it may have responded already, and if not, there will be an
    /// error instead of a response.
    pub(super) fn poll(upload: &mut Option<Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(this) = upload else { return Poll::Ready(Ok(())) };
        let written = ready!(this.poll_write(context));
        let end = upload.take().filter(|_| written.as_ref().is_ok_and(|is_all| *is_all));
        written?;
        Poll::Ready(end.map_or(Ok(()), Self::finish))
    }

    /// Writes the rest. Returns whether the server read all of it.
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<Result<bool, Error>> {
        let Self { source, writer, peer, .. } = self;
        for _ in 0..WRITES_PER_POLL {
            let bytes = ready!(source.as_mut().poll_fill_buf(context))
                .map_err(|error| Error::of_upload(peer, error))?;
            let written = if bytes.is_empty() {
                ready!(Pin::new(&mut *writer).poll_close(context)).map(|()| 0)
            } else {
                ready!(Pin::new(&mut *writer).poll_write(context, bytes))
            };
            match written {
                Ok(0) => return Poll::Ready(Ok(true)),
                Ok(length) => source.as_mut().consume(length),
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Poll::Ready(Ok(false)),
                Err(error) => return Poll::Ready(Err(Error::of_stream(peer, error, ErrorKind::Upload))),
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Marks the request as complete.
    fn finish(self) -> Result<(), Error> {
        let Self { writer, body, peer, .. } = self;
        drop(writer);
        let body = Rc::into_inner(body).expect("only the writer shared the body");
        OutgoingBody::finish(body, None).map_err(|code| Error::of_code(&peer, &code))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("peer", &self.peer).finish_non_exhaustive()
    }
}
