//! Sends a request to its server, on a connection of its own, and receives the response.
//!
//! wasmtime-wasi-http can do so too. But it loses responses that browsers accept: if more bytes follow the end of
//! a response, or a body follows the head that answers `HEAD`, the connection fails, and with it a response that
//! has arrived. It also cannot tell a server that sent nothing from one that speaks something else than HTTP.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::Builder;
use tokio::time::{Instant, Sleep, sleep, timeout};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use super::connect::{Connection, Received};
use crate::imports::tls::Trust;

/// The most headers of a response. Browsers accept any number that fits into their limit of bytes.
const MAX_HEADERS: usize = 1_000;

/// The longest time to wait for a connection, and for each part of a response, unless the app sets another.
const LONG: Duration = Duration::from_secs(600);

/// A connection, which has to be polled until all of the response is received.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// Sends a request, and returns the response once its head has arrived.
pub(super) async fn send(
    mut request: Request<WasiBody>,
    options: RequestOptions,
    trust: Trust,
) -> Result<(Response<WasiBody>, Rest), Error> {
    let RequestOptions { connect_timeout, first_byte_timeout, between_bytes_timeout } = options;
    let connected = timeout(connect_timeout.unwrap_or(LONG), Connection::to(request.uri(), &trust)).await;
    let connection = connected.map_err(|_| Error::ConnectionTimeout)??;
    let received = connection.received();
    let (mut sender, connection) =
        Builder::new().max_headers(MAX_HEADERS).handshake(TokioIo::new(connection)).await?;

    // A server expects the path alone.
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = Uri::from(path.unwrap_or(PathAndQuery::from_static("/")));

    let answer = timeout(first_byte_timeout.unwrap_or(LONG), sender.send_request(request));
    let (mut answer, mut connection) = (pin!(answer), Some(connection));
    let mut failure = None;
    let answered = poll_fn(|context| {
        if let Some(open) = &mut connection
            && let Poll::Ready(ended) = Pin::new(open).poll(context)
        {
            (connection, failure) = (None, ended.err());
        }
        // After the connection, which may fail in the same call in which it has received the response.
        match answer.as_mut().poll(context) {
            Poll::Ready(Ok(answered)) => Poll::Ready(answered.map_err(Some)),
            Poll::Ready(Err(_)) => Poll::Ready(Err(None)),
            Poll::Pending if failure.is_some() => Poll::Ready(Err(failure.take())),
            Poll::Pending => Poll::Pending,
        }
    });
    let mut response = match answered.await {
        Ok(response) => response,
        Err(Some(error)) => return Err(explain(error, &received)),
        Err(None) => return Err(Error::ConnectionReadTimeout),
    };
    // Its chunks say where such a body ends. The guest sees only one of the two headers.
    if response.headers().contains_key(TRANSFER_ENCODING) {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let limit = between_bytes_timeout.unwrap_or(LONG);
    let response = response.map(|body| Timed { body, limit, time_up: Box::pin(sleep(limit)) }.boxed_unsync());
    let rest = async move {
        if let Some(connection) = connection {
            // Whatever is missing of the response is an error of its body.
            _ = connection.await;
        }
        Ok(())
    };
    Ok((response, Box::new(rest)))
}

/// Returns why there is no response.
fn explain(error: hyper::Error, received: &Received) -> Error {
    if error.is_parse_too_large() {
        Error::HttpResponseHeaderSectionSize(None)
    } else if error.is_parse() || error.is_user() || error.is_body_write_aborted() {
        Error::Hyper(error)
    } else if received.anything() {
        Error::HttpResponseIncomplete
    } else {
        Error::ConnectionTerminated
    }
}

/// A body whose parts have to come within a time.
struct Timed {
    body: Incoming,
    limit: Duration,
    time_up: Pin<Box<Sleep>>,
}

impl Body for Timed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let later = Instant::now() + self.limit;
            self.time_up.as_mut().reset(later);
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        ready!(self.time_up.as_mut().poll(context));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
