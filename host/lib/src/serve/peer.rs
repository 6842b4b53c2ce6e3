//! The two ends of a connection.

use std::net::IpAddr;

use http::HeaderValue;
use http::uri::Scheme;

/// The two ends of a connection, and the core that serves it.
pub(super) struct Peer {
    /// The address of the client. A client on this machine has none.
    pub(super) client: Option<IpAddr>,
    /// The same, as the app sees it.
    pub(super) forwarded: Option<HeaderValue>,
    /// The name of the server for a client that does not name it.
    pub(super) host: HeaderValue,
    pub(super) scheme: Scheme,
    pub(super) core: usize,
}

impl Peer {
    /// Returns the name of the client, for a log.
    pub(super) fn client(&self) -> String {
        self.client.map_or_else(|| "a client on this machine".to_owned(), |client| client.to_string())
    }
}
