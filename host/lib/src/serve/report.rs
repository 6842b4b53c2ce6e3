//! How a request that has failed is reported: its method, its path, and the reason.

use std::fmt;

use http::{Method, Request, Uri};

use crate::job::call::Failure;

/// The name of a request in reports: `GET /path`, without the query, which may have secrets.
#[derive(Debug, Clone)]
pub(super) struct Name {
    method: Method,
    uri: Uri,
}

impl Name {
    pub(super) fn of<B>(request: &Request<B>) -> Self {
        Self { method: request.method().clone(), uri: request.uri().clone() }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.uri.path())
    }
}

/// A failure of a handler, for operators.
pub(super) struct Reason<'a>(pub(super) &'a Failure);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Failure::Panicked(panic) => write!(f, "panicked: {}", panic.message),
            Failure::Trapped(trap) => write!(f, "trapped: {}", trap.message),
            Failure::TimedOut(_) => f.write_str("took too long"),
            Failure::OutOfMemory(excess) => {
                write!(f, "out of memory: the limit is {} bytes ({})", excess.limit, excess.setting)
            }
            Failure::Exited(code) => write!(f, "exited with code {code} instead of answering"),
            failure => write!(f, "{failure:?}"),
        }
    }
}
