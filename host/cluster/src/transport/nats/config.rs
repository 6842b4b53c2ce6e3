//! How a peer connects to a NATS server: the settings of NATS' own tools.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::ConnectOptions;

/// How often a connection is checked. The lease of a session notices more; this replaces dead connections.
const PING: Duration = Duration::from_secs(5);

/// The longest wait before a lost connection is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// How to connect to a NATS server.
///
/// ```
/// use cluster::nats::NatsConfig;
///
/// let config = NatsConfig { token: Some("secret".into()), ..NatsConfig::new("nats://127.0.0.1:4222") };
/// assert_eq!(config.prefix, "parallel");
/// ```
#[derive(Clone)]
pub struct NatsConfig {
    /// The address, or several with commas between them.
    pub server: String,
    /// The beginning of all subjects. Peers with different ones do not see each other.
    pub prefix: String,
    /// The name of this host, for the server's list of connections.
    pub name: String,
    /// How many received messages a connection keeps before it drops some, which are then sent again.
    pub buffer: usize,
    /// A file with credentials: a JWT and the seed of its key.
    pub credentials: Option<PathBuf>,
    /// A file with the seed of a user's key.
    pub nkey: Option<PathBuf>,
    /// A user and a password.
    pub user: Option<(String, String)>,
    /// A token.
    pub token: Option<String>,
    /// A file with certificates of authorities, in addition to those of the system.
    pub ca: Option<PathBuf>,
    /// Files with a certificate for this host, and its key.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

impl NatsConfig {
    /// Creates the configuration for a server that asks for nothing.
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            prefix: "parallel".to_owned(),
            name: "host".to_owned(),
            buffer: 1 << 16,
            credentials: None,
            nkey: None,
            user: None,
            token: None,
            ca: None,
            certificate: None,
        }
    }

    /// Returns whether what is sent to the server is encrypted.
    ///
    /// ```
    /// use cluster::nats::NatsConfig;
    ///
    /// assert!(NatsConfig::new("tls://nats.example.com").is_encrypted());
    /// assert!(!NatsConfig::new("nats://127.0.0.1:4222").is_encrypted());
    /// ```
    pub fn is_encrypted(&self) -> bool {
        let is_tls =
            |server: &str| ["tls://", "wss://"].iter().any(|scheme| server.trim().starts_with(scheme));
        self.needs_tls() || self.server.split(',').all(is_tls)
    }

    fn needs_tls(&self) -> bool {
        self.ca.is_some() || self.certificate.is_some()
    }

    /// Returns the options of a connection. If a file cannot be read, the error names it.
    pub(super) async fn options(&self, name: &str) -> Result<ConnectOptions, (String, io::Error)> {
        let mut options = ConnectOptions::new()
            .name(name)
            .ping_interval(PING)
            .subscription_capacity(self.buffer)
            .reconnect_delay_callback(|attempts| RETRY.min(Duration::from_millis(20 * attempts as u64)));
        // The client does not say which file it cannot read.
        for file in
            self.ca.iter().chain(self.certificate.iter().flat_map(|(certificate, key)| [certificate, key]))
        {
            File::open(file).map_err(|cause| (file.display().to_string(), cause))?;
        }
        if let Some(file) = &self.credentials {
            let failed = |cause| (file.display().to_string(), cause);
            options = options.credentials_file(file).await.map_err(failed)?;
        }
        if let Some(file) = &self.nkey {
            let failed = |cause| (file.display().to_string(), cause);
            let seed = std::fs::read_to_string(file).map_err(failed)?;
            options = options.nkey(seed.trim().to_owned());
        }
        if let Some((user, password)) = &self.user {
            options = options.user_and_password(user.clone(), password.clone());
        }
        if let Some(token) = &self.token {
            options = options.token(token.clone());
        }
        if let Some(file) = &self.ca {
            options = options.add_root_certificates(file.clone());
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        // Also if it is only a server that has been found by another, which may offer no TLS.
        Ok(options.require_tls(self.needs_tls()))
    }
}

impl std::fmt::Debug for NatsConfig {
    /// Shows no secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { server, prefix, name, .. } = self;
        f.debug_struct("NatsConfig")
            .field("server", server)
            .field("prefix", prefix)
            .field("name", name)
            .finish_non_exhaustive()
    }
}
