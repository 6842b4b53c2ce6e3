//! One request: checked, handed to the app, and answered.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, FORWARDED, HOST, HeaderName};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, Method, Request, Response, StatusCode, Version};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::oneshot;
use wasmtime_wasi_http::Error;

use super::clients::{Busy, Clients};
use super::handler::Handler;
use super::peer::Peer;
use super::report::{Name, Reason};
use super::response::{self, Answer, Answered, Exchange, Served};
use crate::exec::service::{CallOptions, Calling};
use crate::job::call::Failure;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Answers a request.
pub(super) async fn answer(
    mut request: Request<Incoming>,
    clients: &Arc<Clients>,
    peer: &Peer,
    busy: Busy,
) -> Response<Served> {
    let entry = clients.log.as_ref().map(|log| log.begin(&request, peer));
    let exchange = Exchange { busy, entry };
    if clients.config.health.as_deref() == Some(request.uri().path()) {
        let status = if clients.is_leaving() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        return response::plain(status, exchange);
    }
    if let Err(status) = check(&mut request, peer, clients.config.max_body) {
        return response::plain(status, exchange);
    }
    let Some(permit) = clients.permit().await else { return response::try_later(exchange) };
    let name = Name::of(&request);
    let is_head = request.method() == Method::HEAD;
    let left = clients.config.max_body;
    let request = request.map(|body| Limited { body, left });
    let (sender, answer) = oneshot::channel();
    let handler = Handler { request, is_secure: peer.scheme == Scheme::HTTPS, answer: sender };
    let options = CallOptions { timeout: clients.config.request_timeout, fresh: !clients.reuse };
    let calling = clients.caller.call(peer.core, Box::new(handler), options, || name.to_string());
    match ended_or_answered(answer, calling).await {
        Ok((answered, calling)) => response::of_app(answered, calling, name, is_head, permit, exchange),
        Err(failure) => {
            let status = failure.status();
            tracing::warn!("{name} failed: {failure}");
            response::plain(status, exchange)
        }
    }
}

/// Why the app has not answered.
#[derive(Debug)]
enum Unanswered {
    /// It answered with an error code of `wasi:http`.
    Error(String),
    /// Its call has failed.
    Failed(Failure),
    /// It returned without an answer.
    Nothing,
}

impl Unanswered {
    fn status(&self) -> StatusCode {
        match self {
            Self::Failed(Failure::TimedOut(_)) => StatusCode::GATEWAY_TIMEOUT,
            Self::Failed(Failure::Refused(_) | Failure::Cancelled) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Error(_) | Self::Failed(_) | Self::Nothing => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Error(code) => write!(f, "the handler answered with the error {code}"),
            Self::Failed(failure) => Reason(failure).fmt(f),
            Self::Nothing => f.write_str("the handler returned without an answer"),
        }
    }
}

/// Waits for the answer, or for the end of a call that has none.
async fn ended_or_answered(
    answer: oneshot::Receiver<Answer>,
    mut calling: Calling,
) -> Result<(Answered, Calling), Unanswered> {
    match answer.await {
        Ok(Ok(answered)) => Ok((answered, calling)),
        Ok(Err(code)) => Err(Unanswered::Error(code)),
        Err(_) => match calling.end().await {
            Ok(()) => Err(Unanswered::Nothing),
            Err(failure) => Err(Unanswered::Failed(failure)),
        },
    }
}

/// Checks the head of a request, and completes it with what the app has to know.
fn check(request: &mut Request<Incoming>, peer: &Peer, max_body: u64) -> Result<(), StatusCode> {
    let (version, has_authority) = (request.version(), request.uri().authority().is_some());
    let headers = request.headers_mut();
    check_host(headers, version, has_authority, peer)?;
    if let Some(length) = headers.get(CONTENT_LENGTH) {
        let length = length.to_str().ok().and_then(|length| length.parse::<u64>().ok());
        match length {
            Some(length) if length <= max_body => {}
            Some(_) => return Err(StatusCode::PAYLOAD_TOO_LARGE),
            None => return Err(StatusCode::BAD_REQUEST),
        }
    }
    // What a client says about itself is no evidence. But one of a Unix socket is a proxy, which has the right to open
    // it.
    if let Some(client) = &peer.forwarded {
        headers.remove(FORWARDED);
        headers.insert(FORWARDED_FOR, client.clone());
    }
    Ok(())
}

/// Checks that there is one name of the host, and adds one where HTTP/1.0 has none.
fn check_host(
    headers: &mut HeaderMap,
    version: Version,
    has_authority: bool,
    peer: &Peer,
) -> Result<(), StatusCode> {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if host.is_empty() || Authority::try_from(host.as_bytes()).is_ok() => Ok(()),
        (None, _) if has_authority => Ok(()),
        (None, _) if version == Version::HTTP_10 => {
            headers.insert(HOST, peer.host.clone());
            Ok(())
        }
        _ => Err(StatusCode::BAD_REQUEST),
    }
}

/// The body of a request, up to a limit.
struct Limited {
    body: Incoming,
    left: u64,
}

impl Body for Limited {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        polled.map(|frame| {
            frame.map(|frame| {
                let frame = frame?;
                let bytes = frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                self.left = self.left.checked_sub(bytes).ok_or(Error::HttpRequestBodySize(None))?;
                Ok(frame)
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
