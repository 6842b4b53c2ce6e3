//! The kinds of errors of an exchange, to match on.

/// The kind of an [`Error`](super::Error).
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
    /// A timeout elapsed: for the connection, for the response, or for more of its body.
    Timeout,
    /// The server's name has no address.
    Dns,
    /// Nothing listens at the server's address.
    Refused,
    /// There is no route to the server's address.
    Unreachable,
    /// The connection ended too early.
    Disconnected,
    /// The host does not let this app send this request.
    Denied,
    /// TLS failed: the server's certificate is not trusted, or it violates the protocol.
    Tls,
    /// The request is invalid.
    Request,
    /// The request's body could not be read, or does not have the announced length.
    Upload,
    /// The response is invalid or incomplete.
    Response,
    /// The body is longer than [`Body::limit`](super::Body::limit) allows.
    TooLarge,
    /// Something else; the message says what.
    Other,
}
