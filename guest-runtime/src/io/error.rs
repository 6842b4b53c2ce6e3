//! What went wrong with a stream, as std says it.

use std::fmt;
use std::io;

use wasi::io::error::Error;
use wasi::io::streams::StreamError;

/// The error of a write.
pub(super) fn of_write(error: StreamError) -> io::Error {
    match error {
        StreamError::Closed => io::Error::new(io::ErrorKind::BrokenPipe, "nobody reads this stream any more"),
        StreamError::LastOperationFailed(error) => failed(error),
    }
}

/// The error of a read; `None` at the end of the stream.
pub(super) fn of_read(error: StreamError) -> Option<io::Error> {
    match error {
        StreamError::Closed => None,
        StreamError::LastOperationFailed(error) => Some(failed(error)),
    }
}

/// What an [`io::Error`] of a stream has inside: what the host said of it.
///
/// For people that is a text. Whoever knows what the stream belongs to may ask the host for more.
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

/// WASI 0.2 says of a failed operation nothing but a text for people. Those of sockets and files
/// are the names of their error codes, with which hosts are consistent enough to find the kind.
fn failed(error: Error) -> io::Error {
    let failed = Failed(error);
    let squeezed: String =
        failed.to_string().to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let kind = KINDS.iter().find(|(name, _)| squeezed.contains(name)).map(|(_, kind)| *kind);
    io::Error::new(kind.unwrap_or(io::ErrorKind::Other), failed)
}

/// Names of error codes, without their case and punctuation.
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
