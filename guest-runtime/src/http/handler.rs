//! The expansion of `#[guest_runtime::serve]`: one call of the handler for each request.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use ::http::{Request, Response, StatusCode};
use wasi::http::types::{IncomingRequest, ResponseOutparam};

use super::body::Body;
use super::peer::Peer;
use super::request;
use super::responder::Responder;
use crate::block_on::block_on;
use crate::panic_hook;

/// What a handler may return: a response, or a result with one.
///
/// The error is printed on stderr, and the client gets 500 without its text.
///
/// # Examples
///
/// ```no_run
/// use guest_runtime::http::{Answer, Body, Request, Response};
///
/// #[guest_runtime::serve]
/// async fn handle(request: Request<Body>) -> impl Answer {
///     let text = request.into_body().limit(1 << 20).text().await?;
///     Ok::<_, guest_runtime::http::Error>(Response::new(text.to_uppercase()))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler returns a response, or a result with one, not `{Self}`",
    note = "write `-> Response<Body>`, or `-> Result<Response<Body>, E>` with an error that can be displayed"
)]
pub trait Answer {
    #[doc(hidden)]
    fn into_response(self) -> Result<Response<Body>, String>;
}

impl<B: Into<Body>> Answer for Response<B> {
    fn into_response(self) -> Result<Response<Body>, String> {
        Ok(self.map(Into::into))
    }
}

impl<B: Into<Body>, E: Display> Answer for Result<Response<B>, E> {
    fn into_response(self) -> Result<Response<Body>, String> {
        self.map(|response| response.map(Into::into)).map_err(|error| error.to_string())
    }
}

/// Handles one request.
#[doc(hidden)]
pub fn run_handler(
    incoming: IncomingRequest,
    out: ResponseOutparam,
    handle: impl AsyncFnOnce(Request<Body>, Responder),
) {
    panic_hook::install();
    let client = Peer::new("the client");
    let responder = Responder::new(out, client.clone());
    block_on(async move {
        match request::from_host(&incoming, &client) {
            Ok(request) => handle(request, responder).await,
            Err(error) => {
                report(&error);
                respond(empty(StatusCode::BAD_REQUEST), responder).await;
            }
        }
    });
    // What was printed without a newline would wait for the next request. An error cannot be reported.
    _ = std::io::stdout().flush();
}

/// Sends what a handler has returned.
#[doc(hidden)]
pub async fn respond(answer: impl Answer, responder: Responder) {
    let response = answer.into_response().unwrap_or_else(|error| {
        report(&error);
        empty(StatusCode::INTERNAL_SERVER_ERROR)
    });
    if let Err(error) = responder.send(response).await {
        report(&error);
    }
}

/// Explains that the program is no command. It is the main function of a program with a handler.
#[doc(hidden)]
#[must_use]
pub fn main_of_handler() -> ExitCode {
    report(&"this program handles HTTP requests: `host serve` runs it, and so does `wasmtime serve`");
    ExitCode::FAILURE
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = status;
    response
}

#[expect(
    clippy::print_stderr,
    reason = "the log of a server, and nothing else shows why a request has failed"
)]
fn report(error: &dyn Display) {
    eprintln!("{error}");
}
