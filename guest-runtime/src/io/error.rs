//! Errors of streams, as errors of std.

use std::fmt;
use std::io;

use wasi::io::error::Error;
use wasi::io::streams::StreamError;

/// Converts the error of a write.
pub(super) fn of_write(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::Error::new(io::ErrorKind::BrokenPipe, "the reader of this stream is gone"),
        StreamError::LastOperationFailed(error) => failed(error),
    }
}

/// Converts the error of a read; `None` at the end of the stream.
pub(super) fn of_read(error: StreamError) -> Option<io::Error> {
    match error {
        StreamError::Closed => None,
        StreamError::LastOperationFailed(error) => Some(failed(error)),
    }
}

/// The source of an [`io::Error`] of a stream: the error resource of the host.
///
/// It is displayed as the text of the host. Code that knows what the stream belongs to can ask the host for
/// the error code.
pub(crate) struct Failed(pub(crate) Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_debug_string())
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.to_debug_string())
    }
}

impl std::error::Error for Failed {}

/// Converts the error of a failed operation.
///
/// WASI 0.2 describes it by a text only. For sockets and files that text contains the name of an error code,
/// consistently enough between hosts to find the kind.
fn failed(error: Error) -> io::Error {
    let failed = Failed(error);
    let squeezed: String =
        failed.to_string().to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let kind = KINDS.iter().find(|(name, _)| squeezed.contains(name)).map(|(_, kind)| *kind);
    io::Error::new(kind.unwrap_or(io::ErrorKind::Other), failed)
}

/// Names of error codes, in lower case and without punctuation.
const KINDS: &[(&str, io::ErrorKind)] = &[
    ("connectionreset", io::ErrorKind::ConnectionReset),
    ("connectionaborted", io::ErrorKind::ConnectionAborted),
    ("connectionrefused", io::ErrorKind::ConnectionRefused),
    ("connectionbroken", io::ErrorKind::BrokenPipe),
    ("brokenpipe", io::ErrorKind::BrokenPipe),
    ("timeout", io::ErrorKind::TimedOut),
    ("timedout", io::ErrorKind::TimedOut),
    ("accessdenied", io::ErrorKind::PermissionDenied),
    ("insufficientspace", io::ErrorKind::StorageFull),
    ("nospaceleft", io::ErrorKind::StorageFull),
];
