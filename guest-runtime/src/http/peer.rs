//! The server that an exchange is with, as its URI names it.

use std::fmt;
use std::sync::Arc;

/// Host and port of a URI.
///
/// Shared by all that belongs to an exchange, and by its errors, which may go to other threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Peer(Arc<str>);

impl Peer {
    pub(super) fn new(authority: &str) -> Self {
        Self(authority.into())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
