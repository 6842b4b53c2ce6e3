//! What an app may access on this machine.

use std::path::PathBuf;

use super::setters::setters;

/// What an app may access; by default, nothing.
///
/// Every instance of the app, and therefore every job, gets the same grants.
///
/// # Examples
///
/// ```
/// let grants = host::Grants::default().with_env("COLOUR", "blue").with_tcp(true);
/// assert!(grants.dirs.is_empty() && !grants.inherit_network);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grants {
    /// The directories that the app may use, with everything below them.
    pub dirs: Vec<DirGrant>,
    /// The app's environment. If a name occurs twice, the app gets both, and most languages use the first.
    pub env: Vec<(String, String)>,
    /// Whether the app may use every address that this machine can reach.
    ///
    /// This has no effect without [`tcp`](Self::tcp) or [`udp`](Self::udp).
    pub inherit_network: bool,
    /// Whether the app may create TCP sockets.
    pub tcp: bool,
    /// Whether the app may create UDP sockets.
    pub udp: bool,
    /// Whether the app may look up host names.
    pub ip_name_lookup: bool,
    /// Whether the app may send HTTP requests to any server that this machine can reach.
    ///
    /// The host makes the connections, so the app needs no other network grant for this.
    pub http: bool,
    /// A file with the certificates of authorities, in PEM, which the app's connections with TLS trust instead of
    /// Mozilla's list: HTTPS, and `wasi:tls`.
    pub ca: Option<PathBuf>,
    /// The variables that the app finds in `wasi:config`. If a name occurs twice, the last value is used.
    pub config: Vec<(String, String)>,
    /// The entries that each bucket of `wasi:keyvalue` begins with. If a key occurs twice, the last value is used.
    pub keyvalue: Vec<(String, String)>,
}

setters!(Grants {
    with_inherit_network: inherit_network: bool,
    with_tcp: tcp: bool,
    with_udp: udp: bool,
    with_ip_name_lookup: ip_name_lookup: bool,
    with_http: http: bool,
});

impl Grants {
    /// Sets [`ca`](Self::ca).
    ///
    /// # Examples
    ///
    /// ```
    /// let grants = host::Grants::default().with_http(true).with_ca("company.pem");
    /// assert_eq!(grants.ca, Some("company.pem".into()));
    /// ```
    #[must_use]
    pub fn with_ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.ca = Some(file.into());
        self
    }

    /// Adds a directory to [`dirs`](Self::dirs).
    ///
    /// # Examples
    ///
    /// ```
    /// use host::{DirGrant, Grants};
    ///
    /// let grants = Grants::default().with_dir(DirGrant::read_only("photos", "/photos"));
    /// assert_eq!(grants.dirs.len(), 1);
    /// ```
    #[must_use]
    pub fn with_dir(mut self, dir: DirGrant) -> Self {
        self.dirs.push(dir);
        self
    }

    /// Adds a variable to [`config`](Self::config).
    ///
    /// # Examples
    ///
    /// ```
    /// let grants = host::Grants::default().with_config("greeting", "hello");
    /// assert_eq!(grants.config, [("greeting".to_owned(), "hello".to_owned())]);
    /// ```
    #[must_use]
    pub fn with_config(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.config.push((name.into(), value.into()));
        self
    }

    /// Adds an entry to [`keyvalue`](Self::keyvalue).
    ///
    /// # Examples
    ///
    /// ```
    /// let grants = host::Grants::default().with_keyvalue("visits", "7");
    /// assert_eq!(grants.keyvalue, [("visits".to_owned(), "7".to_owned())]);
    /// ```
    #[must_use]
    pub fn with_keyvalue(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.keyvalue.push((key.into(), value.into()));
        self
    }

    /// Adds a variable to [`env`](Self::env).
    ///
    /// # Examples
    ///
    /// ```
    /// let grants = host::Grants::default().with_env("COLOUR", "blue");
    /// assert_eq!(grants.env, [("COLOUR".to_owned(), "blue".to_owned())]);
    /// ```
    #[must_use]
    pub fn with_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }
}

/// One directory that an app may use.
///
/// # Examples
///
/// ```
/// let grant = host::DirGrant::read_write("/home/me/photos", "/photos");
/// assert!(!grant.read_only);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DirGrant {
    /// The directory's path on this machine.
    pub host: PathBuf,
    /// The directory's path in the app.
    pub guest: String,
    /// Whether the app may only read in the directory.
    pub read_only: bool,
}

impl DirGrant {
    /// Grants permission to read, change, create and delete what is in `host`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!host::DirGrant::read_write("photos", "/photos").read_only);
    /// ```
    #[must_use]
    pub fn read_write(host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        Self { host: host.into(), guest: guest.into(), read_only: false }
    }

    /// Grants permission to read what is in `host`, but not to change it.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(host::DirGrant::read_only("photos", "/photos").read_only);
    /// ```
    #[must_use]
    pub fn read_only(host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        Self { host: host.into(), guest: guest.into(), read_only: true }
    }
}
