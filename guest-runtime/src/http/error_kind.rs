//! Kinds of errors between an app and a server, to match on.

/// What kind of thing went wrong.
///
/// # Examples
///
/// ```
/// use guest_runtime::http::{self, ErrorKind};
///
/// async fn get(uri: &str) -> Result<String, String> {
///     let again = |error: http::Error| match error.kind() {
///         ErrorKind::Timeout | ErrorKind::Disconnected => format!("try again: {error}"),
///         _ => error.to_string(),
///     };
///     http::get(uri).await.map_err(again)?.into_body().text().await.map_err(again)
/// }
///
/// let error = guest_runtime::block_on(get("/no/server")).unwrap_err();
/// assert_eq!(error, "the URI `/no/server` names no server");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The time for a connection, for the response, or for more of its body is up.
    Timeout,
    /// The server's name has no address.
    Dns,
    /// Nobody listens at the server's address.
    Refused,
    /// There is no way to the server's address.
    Unreachable,
    /// The connection ended too early.
    Disconnected,
    /// The host does not let this app send this request.
    Denied,
    /// There is no secure connection: the server's certificate, or how it speaks TLS.
    Tls,
    /// This is no request that can be sent.
    Request,
    /// The request's body could not be read, or has not the length that was announced.
    Upload,
    /// What came is not a response, or not all of one.
    Response,
    /// The body is longer than [`Body::limit`](super::Body::limit) allows.
    TooLarge,
    /// Something else; the message says what.
    Other,
}
