//! Why a guest may not write to an output, and how the output failed if that is the reason.

use std::io;

/// Why a guest may not write.
pub(super) enum Refusal {
    /// The run is over.
    Closed,
    /// An earlier write of this guest or another one failed.
    Failed(Failure),
    /// The guest has more waiting than any permit allows.
    TooMuch,
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
            Refusal::TooMuch => Self::other("wrote more than was permitted"),
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
