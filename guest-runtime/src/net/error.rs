//! Errors of sockets, as errors of std.

use std::fmt;
use std::io::{self, ErrorKind};

use wasi::sockets::network::ErrorCode;

/// Returns the error of an operation, such as "listen on `[::1]:80`".
pub(super) fn cannot(operation: impl fmt::Display, code: ErrorCode) -> io::Error {
    io::Error::new(kind(code), format!("cannot {operation}: {}", text(code)))
}

/// Returns the error code in words. The texts of WASI are paragraphs.
fn text(code: ErrorCode) -> String {
    match code {
        ErrorCode::AccessDenied => "not granted to this program by its host".to_owned(),
        ErrorCode::PermanentResolverFailure => {
            "the lookup failed for good, or names are not granted to this program by its host".to_owned()
        }
        code => code.name().replace('-', " "),
    }
}

fn kind(code: ErrorCode) -> ErrorKind {
    match code {
        // wasmtime returns the last for a lookup that is not granted, and for nothing else.
        ErrorCode::AccessDenied | ErrorCode::PermanentResolverFailure => ErrorKind::PermissionDenied,
        ErrorCode::NotSupported => ErrorKind::Unsupported,
        ErrorCode::InvalidArgument | ErrorCode::DatagramTooLarge => ErrorKind::InvalidInput,
        ErrorCode::OutOfMemory => ErrorKind::OutOfMemory,
        ErrorCode::Timeout => ErrorKind::TimedOut,
        ErrorCode::WouldBlock => ErrorKind::WouldBlock,
        ErrorCode::InvalidState => ErrorKind::NotConnected,
        ErrorCode::AddressNotBindable => ErrorKind::AddrNotAvailable,
        ErrorCode::AddressInUse => ErrorKind::AddrInUse,
        ErrorCode::RemoteUnreachable => ErrorKind::HostUnreachable,
        ErrorCode::ConnectionRefused => ErrorKind::ConnectionRefused,
        ErrorCode::ConnectionReset => ErrorKind::ConnectionReset,
        ErrorCode::ConnectionAborted => ErrorKind::ConnectionAborted,
        ErrorCode::NameUnresolvable => ErrorKind::NotFound,
        ErrorCode::Unknown
        | ErrorCode::ConcurrencyConflict
        | ErrorCode::NotInProgress
        | ErrorCode::NewSocketLimit
        | ErrorCode::TemporaryResolverFailure => ErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_what_and_why() {
        let error = cannot("listen on [::1]:80", ErrorCode::AddressInUse);
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert_eq!(error.to_string(), "cannot listen on [::1]:80: address in use");
    }
}
