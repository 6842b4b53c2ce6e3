//! The server of an exchange, as its URI names it.

use std::fmt;
use std::sync::Arc;

/// Host and port of a URI.
///
/// All parts of an exchange share it, and so do its errors, which have to be `Send`.
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
