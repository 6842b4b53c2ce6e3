//! Why a guest may not write to an output, and how the output failed if that is the reason.

use std::{fmt, io};

/// Why a guest may not write.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// The run is over.
    Closed,
    /// Output of this guest was not written, or the reader of all output is gone.
    Failed(Failure),
    /// So much waits that the guest has to wait too.
    Full,
}

/// How a write failed, for each guest that asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failure {
    BrokenPipe,
    Os(i32),
    Other(io::ErrorKind),
}

impl From<Refusal> for io::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Closed => io::ErrorKind::BrokenPipe.into(),
            Refusal::Failed(failure) => failure.into(),
            Refusal::Full => Self::other(Full),
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::BrokenPipe => io::ErrorKind::BrokenPipe.into(),
            Failure::Os(code) => Self::from_raw_os_error(code),
            Failure::Other(kind) => kind.into(),
        }
    }
}

/// The error of a stream that has no room for a write. The caller waits until it is ready, and repeats the write.
#[derive(Debug)]
pub(crate) struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrote more than check-write permitted")
    }
}

impl std::error::Error for Full {}

/// The error that ends a guest that writes to a closed stdout, and nothing else, without end.
#[derive(Debug)]
pub(super) struct NeverLooks;

impl fmt::Display for NeverLooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stdout has no reader")
    }
}

impl std::error::Error for NeverLooks {}
