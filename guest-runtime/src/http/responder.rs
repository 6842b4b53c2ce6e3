//! The answer to a request: a response, which a handler returns or sends.

use std::fmt;
use std::future::poll_fn;

use ::http::header::CONTENT_LENGTH;
use ::http::{HeaderValue, Response, StatusCode};
use wasi::http::types::{OutgoingBody, OutgoingResponse, ResponseOutparam};

use super::body::Body;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::fields;
use super::peer::Peer;
use super::upload::Upload;

/// Sends the response to one request, for a handler that goes on after it.
///
/// Dropping it without a response fails the request: the client gets 500.
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::http::{Body, Request, Responder, Response};
///
/// #[guest_runtime::serve]
/// async fn handle(request: Request<Body>, responder: Responder) {
///     if responder.send(Response::new("thank you\n")).await.is_ok() {
///         // The client has the response, and the connection is free for the next request.
///         eprintln!("{} {}", request.method(), request.uri());
///     }
/// }
/// ```
#[must_use = "a request without a response fails"]
pub struct Responder {
    out: ResponseOutparam,
    client: Peer,
}

impl Responder {
    pub(super) fn new(out: ResponseOutparam, client: Peer) -> Self {
        Self { out, client }
    }

    /// Sends the response, and returns when all of its body is with the host.
    ///
    /// `content-length` is set if the length of the body is known. The body of a response without a body, such as
    /// one to `HEAD`, is not read.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use guest_runtime::http::{Body, Request, Responder, Response, StatusCode};
    ///
    /// #[guest_runtime::serve]
    /// async fn handle(_request: Request<Body>, responder: Responder) {
    ///     let mut response = Response::new("accepted\n");
    ///     *response.status_mut() = StatusCode::ACCEPTED;
    ///     responder.send(response).await.unwrap();
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// * [`ErrorKind::Request`] if a header is invalid, or the host's to set; the client gets 500.
    /// * [`ErrorKind::Upload`] if the body cannot be read, or does not have the length that a header has. The
    ///   client sees that the response is cut short.
    ///
    /// # Cancellation
    ///
    /// Dropping the future cuts the response short.
    pub async fn send<B: Into<Body>>(self, response: Response<B>) -> Result<(), Error> {
        let Self { out, client } = self;
        let body = response.map(Into::into);
        let (head, outgoing, body) = match to_host(body, &client) {
            Ok(made) => made,
            Err(error) => {
                let head = OutgoingResponse::new(wasi::http::types::Fields::new());
                _ = head.set_status_code(StatusCode::INTERNAL_SERVER_ERROR.as_u16());
                ResponseOutparam::set(out, Ok(head));
                return Err(error);
            }
        };
        ResponseOutparam::set(out, Ok(head));
        match body {
            Some(body) => {
                let mut upload = Some(Upload::new(body, outgoing, client));
                poll_fn(|context| Upload::poll(&mut upload, context)).await
            }
            None => OutgoingBody::finish(outgoing, None).map_err(|code| Error::of_code(&client, &code)),
        }
    }
}

impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder").finish_non_exhaustive()
    }
}

/// Returns the head of a response, and its body, unless that is empty.
fn to_host(
    response: Response<Body>,
    client: &Peer,
) -> Result<(OutgoingResponse, OutgoingBody, Option<Body>), Error> {
    let (mut head, body) = response.into_parts();
    let has_none = head.status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&head.status);
    if let Some(length) = body.length().filter(|_| !has_none) {
        head.headers.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(length));
    }
    let invalid = |what: &str| Error::new(ErrorKind::Request, Some(client), format!("the {what} is invalid"));
    let to_host = OutgoingResponse::new(fields::to_host(&head.headers, client)?);
    to_host.set_status_code(head.status.as_u16()).map_err(|()| invalid("status"))?;
    // The host checks the header here.
    let outgoing = to_host.body().map_err(|()| invalid("header `content-length`"))?;
    let is_empty = has_none || body.length() == Some(0);
    Ok((to_host, outgoing, (!is_empty).then_some(body)))
}
