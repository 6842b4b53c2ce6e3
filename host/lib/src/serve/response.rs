//! Responses: those of the app, which are stopped when their client leaves, and those of the server itself.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use wasmtime_wasi_http::WasiBody;

use super::access_log::Entry;
use super::clients::Busy;
use super::report::{Name, Reason};
use crate::exec::service::Calling;

/// What the app answers: a response, or the name of an error code of `wasi:http`.
pub(super) type Answer = Result<Answered, String>;

/// A response of the app.
pub(super) struct Answered {
    pub(super) response: Response<WasiBody>,
    /// Receives a value when the response has been sent, for a handler that waits for that.
    pub(super) sent: Option<oneshot::Sender<()>>,
}

/// A request that is being answered.
pub(super) struct Exchange {
    pub(super) busy: Busy,
    /// Its line of the access log, if there is one.
    pub(super) entry: Option<Entry>,
}

/// The body of a response.
pub(super) enum Served {
    /// A text of the server.
    Plain { text: Option<Bytes>, exchange: Exchange },
    /// The body that the app writes.
    App(OfApp),
}

/// A body that the app writes. If it is dropped before its end, the client has left, and the call is stopped.
pub(super) struct OfApp {
    body: WasiBody,
    /// Receives a value when the client has the body.
    sent: Option<oneshot::Sender<()>>,
    /// How many bytes are missing, if that is known.
    left: Option<u64>,
    has_ended: bool,
    name: Name,
    call: Option<Calling>,
    held: Option<(OwnedSemaphorePermit, Busy)>,
    entry: Option<Entry>,
}

/// Returns a response of the server itself.
pub(super) fn plain(status: StatusCode, mut exchange: Exchange) -> Response<Served> {
    if let Some(entry) = &mut exchange.entry {
        entry.set_status(status);
    }
    let text = format!("{}\n", status.canonical_reason().unwrap_or_default());
    let mut response = Response::new(Served::Plain { text: Some(text.into()), exchange });
    *response.status_mut() = status;
    response
}

/// Returns the response to a request for which there is no room.
pub(super) fn try_later(exchange: Exchange) -> Response<Served> {
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, exchange);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Returns the response of the app. The permit is dropped when the call has ended.
pub(super) fn of_app(
    answered: Answered,
    call: Calling,
    name: Name,
    is_head: bool,
    permit: OwnedSemaphorePermit,
    exchange: Exchange,
) -> Response<Served> {
    let Answered { response, sent } = answered;
    let Exchange { busy, mut entry } = exchange;
    if let Some(entry) = &mut entry {
        entry.set_status(response.status());
    }
    let length = response.headers().get(CONTENT_LENGTH);
    let left = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let is_empty = is_head
        || matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        || left == Some(0);
    let (call, held) = (Some(call), Some((permit, busy)));
    response.map(|body| Served::App(OfApp { body, sent, left, has_ended: is_empty, name, call, held, entry }))
}

impl OfApp {
    /// Lets the call go on, with what it does after its response, and reports its failure.
    fn let_go(&mut self) {
        // Without a runtime, the core is about to end.
        if let (Some(mut call), Ok(core)) = (self.call.take(), Handle::try_current()) {
            let (held, name) = (self.held.take(), self.name.clone());
            core.spawn(async move {
                if let Err(failure) = call.end().await {
                    let reason = Reason(&failure);
                    tracing::warn!("{name} failed after its response had begun: {reason}");
                }
                drop(held);
            });
        }
    }
}

impl Drop for OfApp {
    fn drop(&mut self) {
        if self.has_ended || self.left == Some(0) || self.body.is_end_stream() {
            if let Some(sent) = self.sent.take() {
                // The handler may not wait for it.
                _ = sent.send(());
            }
            self.let_go();
        }
    }
}

impl Body for Served {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Plain { text, exchange } => {
                let text = text.take();
                if let (Some(text), Some(entry)) = (&text, &mut exchange.entry) {
                    entry.add(text.len() as u64);
                }
                Poll::Ready(text.map(|text| Ok(Frame::data(text))))
            }
            Self::App(app) => {
                let frame = std::task::ready!(Pin::new(&mut app.body).poll_frame(context));
                match &frame {
                    None => app.has_ended = true,
                    Some(Ok(frame)) => {
                        let bytes = frame.data_ref().map_or(0, |bytes| bytes.len() as u64);
                        app.left = app.left.map(|left| left.saturating_sub(bytes));
                        if let Some(entry) = &mut app.entry {
                            entry.add(bytes);
                        }
                    }
                    // The handler has failed, or has given its response up.
                    Some(Err(_)) => app.let_go(),
                }
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Plain { text, .. } => text.is_none(),
            Self::App(app) => app.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Plain { text, .. } => {
                SizeHint::with_exact(text.as_ref().map_or(0, |text| text.len() as u64))
            }
            Self::App(app) => app.body.size_hint(),
        }
    }
}
