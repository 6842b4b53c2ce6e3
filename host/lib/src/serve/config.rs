//! The configuration of a server.

use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::address::Address;
use crate::config::Stdio;

/// Where a server listens, and what its clients may do.
///
/// # Examples
///
/// ```
/// let mut config = host::ServeConfig::default();
/// config.addresses = vec!["[::]:80".parse().unwrap()];
/// config.health = Some("/healthz".to_owned());
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServeConfig {
    /// The addresses to listen at.
    pub addresses: Vec<Address>,
    /// Sockets that listen already, such as those of a service manager. They are accepted from too.
    pub sockets: Vec<Arc<OwnedFd>>,
    /// The certificate with which all connections are encrypted.
    pub tls: Option<Tls>,
    /// How long a request may take, from when its handler begins. Later, the client gets 504.
    pub request_timeout: Option<Duration>,
    /// How long a client may take to send the head of a request, and for the handshake of TLS.
    pub header_timeout: Duration,
    /// How long a connection may be without a request.
    pub idle_timeout: Duration,
    /// How long requests may take to end after [`drain`](crate::ServerHandle::drain).
    pub drain: Duration,
    /// The most connections. For one more, the one that has been idle for the longest time is closed.
    pub max_connections: usize,
    /// The most requests that are handled at a time. As many more wait, and further ones get 503.
    pub max_requests: usize,
    /// The most bytes of a request's body. The client of a longer one gets 413.
    pub max_body: u64,
    /// A path at which the server itself answers 200, or 503 while it drains.
    pub health: Option<String>,
    /// Where to write a line for each request, in the combined log format of web servers with the seconds that it
    /// took. [`Stdio::inherit`] is the stdout of this process.
    pub access_log: Option<Stdio>,
    /// Whether an instance handles one request after another. If `None`, it does so if the app exports `worker`,
    /// as apps with the guest runtime do, or a handler of WASI 0.3: others may not expect a second request.
    pub reuse: Option<bool>,
}

/// A certificate and its private key, in files in the PEM format.
///
/// # Examples
///
/// ```
/// let mut config = host::ServeConfig::default();
/// config.tls = Some(host::Tls { certificates: "cert.pem".into(), key: "key.pem".into() });
/// ```
#[derive(Debug, Clone)]
pub struct Tls {
    /// The file with the certificate, followed by those that sign it.
    pub certificates: PathBuf,
    /// The file with the private key.
    pub key: PathBuf,
}

impl Default for ServeConfig {
    /// * `127.0.0.1:8080`, without TLS
    /// * no timeout for requests, 10 s for heads, 60 s for idle connections, 10 s to drain
    /// * 10,000 connections, 1,000 requests, bodies of any size
    /// * no health path, no access log
    fn default() -> Self {
        Self {
            addresses: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)).into()],
            sockets: Vec::new(),
            tls: None,
            request_timeout: None,
            header_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            max_connections: 10_000,
            max_requests: 1_000,
            max_body: u64::MAX,
            health: None,
            access_log: None,
            reuse: None,
        }
    }
}
