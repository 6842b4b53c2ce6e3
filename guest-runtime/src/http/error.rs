//! What goes wrong between an app and a server, as one type that can be matched on.

use std::fmt;
use std::io;

use super::code;
use super::error_kind::ErrorKind;
use super::peer::Peer;
use crate::io::error::Failed;

/// Why there is no response, or no more of its body.
///
/// It prints as one line that names the server, and [`kind`](Error::kind) says what to do about it.
/// Reads of a [`Body`](super::Body) fail as those of every stream do, with a [`std::io::Error`];
/// what is inside is this, and the [`io::ErrorKind`] is the nearest there is.
///
/// # Examples
///
/// ```
/// use guest_runtime::http::{self, Error, ErrorKind};
/// use std::io;
///
/// guest_runtime::block_on(async {
///     let error: Error = http::get("ftp://server.test/file").await.unwrap_err();
///     assert_eq!(error.kind(), ErrorKind::Request);
///     assert_eq!(error.to_string(), "server.test: the scheme `ftp` is neither http nor https");
///
///     let error = io::Error::from(error);
///     assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
///     assert!(error.downcast::<Error>().is_ok());
/// });
/// ```
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    /// Nobody, for an error that no server has to do with.
    peer: Option<Peer>,
    what: String,
    source: Option<io::Error>,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, peer: Option<&Peer>, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, peer: peer.cloned(), what: what.into(), source: None }))
    }

    /// The body of a request could not be read.
    pub(super) fn of_upload(peer: &Peer, source: io::Error) -> Self {
        let what = "cannot read the body of the request".to_owned();
        Self(Box::new(Inner {
            kind: ErrorKind::Upload,
            peer: Some(peer.clone()),
            what,
            source: Some(source),
        }))
    }

    /// What the host says of an exchange with this server.
    pub(super) fn of_code(peer: &Peer, code: &wasi::http::types::ErrorCode) -> Self {
        let (kind, what) = code::explain(code);
        Self::new(kind, Some(peer), what)
    }

    /// What the host says of a stream that is a body; `otherwise` is the kind if it says nothing.
    pub(super) fn of_stream(peer: &Peer, error: io::Error, otherwise: ErrorKind) -> Self {
        let failed = error.get_ref().and_then(|inner| inner.downcast_ref::<Failed>());
        match failed.and_then(|failed| wasi::http::types::http_error_code(&failed.0)) {
            Some(code) => Self::of_code(peer, &code),
            // Some hosts know more of requests than of streams. The kind is what their words say.
            None => {
                let kind = match error.kind() {
                    io::ErrorKind::TimedOut => ErrorKind::Timeout,
                    io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
                        ErrorKind::Disconnected
                    }
                    _ => otherwise,
                };
                Self::new(kind, Some(peer), error.to_string())
            }
        }
    }

    /// The error that a body's reader gave, which may be any if the reader is somebody's own.
    pub(super) fn of_body(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| {
            let what = "cannot read the body".to_owned();
            Self(Box::new(Inner { kind: ErrorKind::Other, peer: None, what, source: Some(error) }))
        })
    }

    /// What kind of thing went wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// # guest_runtime::block_on(async {
    /// use guest_runtime::http::{self, Body, ErrorKind};
    ///
    /// let error = Body::from("too long").limit(3).text().await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TooLarge);
    /// # });
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { peer, what, source, .. } = &*self.0;
        if let Some(peer) = peer {
            write!(f, "{peer}: ")?;
        }
        f.write_str(what)?;
        // In the message and not behind it: whoever prints one line wants to know.
        source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl std::error::Error for Error {}

/// The body of a request that is no body, or a URI that is none.
impl From<::http::Error> for Error {
    fn from(error: ::http::Error) -> Self {
        Self::new(ErrorKind::Request, None, error.to_string())
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Timeout => io::ErrorKind::TimedOut,
            ErrorKind::Dns => io::ErrorKind::NotFound,
            ErrorKind::Refused => io::ErrorKind::ConnectionRefused,
            ErrorKind::Unreachable => io::ErrorKind::HostUnreachable,
            ErrorKind::Disconnected => io::ErrorKind::ConnectionReset,
            ErrorKind::Denied => io::ErrorKind::PermissionDenied,
            ErrorKind::Request => io::ErrorKind::InvalidInput,
            ErrorKind::Upload => error.0.source.as_ref().map_or(io::ErrorKind::InvalidInput, io::Error::kind),
            ErrorKind::Response => io::ErrorKind::InvalidData,
            ErrorKind::TooLarge => io::ErrorKind::FileTooLarge,
            ErrorKind::Tls | ErrorKind::Other => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_what_it_is() {
        let error = Error::new(ErrorKind::Refused, Some(&Peer::new("a:1")), "connection refused");
        let error = io::Error::from(error);
        assert_eq!(
            (error.kind(), &*error.to_string()),
            (io::ErrorKind::ConnectionRefused, "a:1: connection refused")
        );
        assert_eq!(Error::of_body(error).kind(), ErrorKind::Refused);
    }

    #[test]
    fn the_error_of_a_reader_is_part_of_the_message() {
        let source = io::Error::new(io::ErrorKind::StorageFull, "no room");
        let error = Error::of_upload(&Peer::new("a:1"), source);
        assert_eq!(error.to_string(), "a:1: cannot read the body of the request: no room");
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::StorageFull);
        let error = Error::of_body(io::ErrorKind::NotFound.into());
        assert_eq!(error.kind(), ErrorKind::Other);
    }
}
