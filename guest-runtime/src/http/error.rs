//! The error of an exchange between an app and a server.

use std::fmt;
use std::io;

use super::code;
use super::error_kind::ErrorKind;
use super::peer::Peer;
use crate::io::error::Failed;

/// The error of a request, of its response, or of one of their bodies.
///
/// It is displayed as one line that names the server, also by `{:?}`, so that a `main` that returns it prints that
/// line; match on its [`kind`](Error::kind). Reads of a
/// [`Body`](super::Body) fail with a [`std::io::Error`], like those of every stream, which contains this error
/// and has the nearest [`io::ErrorKind`].
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
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    /// `None` for an error that concerns no server.
    peer: Option<Peer>,
    what: String,
    source: Option<io::Error>,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, peer: Option<&Peer>, what: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, peer: peer.cloned(), what: what.into(), source: None }))
    }

    /// Returns the error of a request whose body could not be read.
    pub(super) fn of_upload(peer: &Peer, source: io::Error) -> Self {
        let what = "cannot read the body of the request".to_owned();
        Self(Box::new(Inner {
            kind: ErrorKind::Upload,
            peer: Some(peer.clone()),
            what,
            source: Some(source),
        }))
    }

    /// Converts an error code of the host.
    pub(super) fn of_code(peer: &Peer, code: &wasi::http::types::ErrorCode) -> Self {
        let (kind, what) = code::explain(code);
        Self::new(kind, Some(peer), what)
    }

    /// Converts the error of a stream that is a body; `otherwise` is the kind if the host reports no code.
    pub(super) fn of_stream(peer: &Peer, error: io::Error, otherwise: ErrorKind) -> Self {
        let failed = error.get_ref().and_then(|inner| inner.downcast_ref::<Failed>());
        match failed.and_then(|failed| wasi::http::types::http_error_code(&failed.0)) {
            Some(code) => Self::of_code(peer, &code),
            // Some hosts report codes for requests only. The kind comes from the text of the error.
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

    /// Converts the error of a body's reader, which may be any if the reader is the program's own.
    pub(super) fn of_body(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| {
            let what = "cannot read the body".to_owned();
            Self(Box::new(Inner { kind: ErrorKind::Other, peer: None, what, source: Some(error) }))
        })
    }

    /// Returns the kind of the error.
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
        // A part of the message rather than a `source`, so that one line has everything.
        source.as_ref().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

/// The same as `Display`: `unwrap`, and a `main` that returns the error, print it for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

/// The error of building a request, such as an invalid URI.
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
        let error = Error::of_body(error);
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(format!("{error:?}"), "a:1: connection refused");
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
