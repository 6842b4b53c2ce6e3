//! The body of a response while it is received.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::http::HeaderMap;
use futures_io::AsyncBufRead as _;
use wasi::http::types::IncomingBody;

use super::connection::Connection;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::fields;
use super::peer::Peer;
use super::upload::Upload;
use crate::io::Reader;
use crate::pollable::wait_for;

/// A body that is being received, and the rest of the request's body, if that is still being sent.
///
/// Dropping it before its end ends the exchange and closes the connection.
pub(super) struct Incoming {
    // The stream is a child of the body, and has to be dropped first.
    reader: Reader,
    connection: Connection,
    upload: Option<Upload>,
    /// The response arrived before the whole request was sent.
    is_early: bool,
    /// The server refused the request, so it need not receive the rest.
    is_refusal: bool,
    peer: Peer,
}

impl Incoming {
    pub(super) fn new(body: IncomingBody, upload: Option<Upload>, is_refusal: bool, peer: Peer) -> Self {
        let stream = body.stream().expect("the stream of a new body has not been taken");
        let (connection, is_early) = (Connection::new(body), upload.is_some());
        Self { reader: Reader::new(stream), connection, upload, is_early, is_refusal, peer }
    }

    /// Returns bytes that were received and not consumed. There are none at the end, which is not reached before
    /// the end of the upload.
    pub(super) fn poll_fill_buf(&mut self, context: &mut Context<'_>) -> Poll<Result<&[u8], Error>> {
        let Self { reader, connection, upload, is_early, is_refusal, peer } = self;
        let sent = Upload::poll(upload, context)?;
        let bytes = ready!(Pin::new(reader).poll_fill_buf(context))
            .map_err(|error| Error::of_stream(peer, error, ErrorKind::Response))?;
        if bytes.is_empty() && *is_early && !*is_refusal {
            ready!(sent);
            connection.keep();
        }
        Poll::Ready(Ok(bytes))
    }

    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    pub(super) fn consume(&mut self, amount: usize) {
        Pin::new(&mut self.reader).consume(amount);
    }

    /// Returns the trailers, when the body has been read to its end.
    pub(super) async fn trailers(self) -> Result<HeaderMap, Error> {
        let Self { reader, mut connection, peer, .. } = self;
        drop(reader);
        let trailers = IncomingBody::finish(connection.take());
        loop {
            if let Some(came) = trailers.get() {
                let came = came.expect("trailers are taken once");
                let fields = came.map_err(|code| Error::of_code(&peer, &code))?;
                return fields
                    .map_or_else(|| Ok(HeaderMap::new()), |fields| fields::from_host(&fields, &peer));
            }
            wait_for(trailers.subscribe()).await;
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reader, upload, peer, .. } = self;
        f.debug_struct("Incoming")
            .field("peer", peer)
            .field("reader", reader)
            .field("upload", upload)
            .finish_non_exhaustive()
    }
}
