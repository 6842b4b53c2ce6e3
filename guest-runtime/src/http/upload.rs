//! The body of a request on its way to the server.
//!
//! There is no task that it could run in, so it is polled by whoever waits for the response, and
//! then by whoever reads it.

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

/// Writes of one poll. A fast server and a fast reader would otherwise keep all else waiting.
const WRITES_PER_POLL: usize = 16;

/// A body that is being sent.
///
/// Dropping it before its end cuts it off: the server sees a request that is not complete.
pub(super) struct Upload {
    /// Where the bytes come from. Not a `Body`, which may hold an upload itself.
    source: Pin<Box<dyn AsyncBufRead>>,
    // The stream is a child of the body and has to go first.
    writer: Writer,
    /// To be finished, which says that it is complete; dropped, it says the contrary.
    body: Rc<OutgoingBody>,
    peer: Peer,
}

impl Upload {
    pub(super) fn new(source: impl AsyncBufRead + 'static, body: OutgoingBody, peer: Peer) -> Self {
        let stream = body.write().expect("nobody has taken the stream of a new body");
        let body = Rc::new(body);
        let writer = Writer::with_parent(stream, Rc::clone(&body) as _);
        Self { source: Box::pin(source), writer, body, peer }
    }

    /// Goes on; when it is ready, `upload` is `None`.
    ///
    /// That nobody takes the rest is not an error here: the server may have answered without it,
    /// and if it has not, there is an error instead of a response.
    pub(super) fn poll(upload: &mut Option<Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let Some(this) = upload else { return Poll::Ready(Ok(())) };
        let written = ready!(this.poll_write(context));
        let end = upload.take().filter(|_| written.as_ref().is_ok_and(|is_all| *is_all));
        written?;
        Poll::Ready(end.map_or(Ok(()), Self::finish))
    }

    /// Ready with whether the server has taken all.
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

    /// Says that this was all.
    fn finish(self) -> Result<(), Error> {
        let Self { writer, body, peer, .. } = self;
        drop(writer);
        let body = Rc::into_inner(body).expect("nobody else has the body when its writer is gone");
        OutgoingBody::finish(body, None).map_err(|code| Error::of_code(&peer, &code))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("peer", &self.peer).finish_non_exhaustive()
    }
}
