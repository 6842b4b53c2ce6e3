//! What of this machine an app may touch.

use std::path::PathBuf;

use super::setters::setters;

/// What an app may touch; by default, nothing.
///
/// Every instance of the app, so every job, gets the same.
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
    /// The directories the app may use, with all that is below them.
    pub dirs: Vec<DirGrant>,
    /// The app's environment. Where a name comes twice, the last one wins.
    pub env: Vec<(String, String)>,
    /// Whether the app may use every address that this machine can reach.
    ///
    /// Without [`tcp`](Self::tcp) or [`udp`](Self::udp) there is nothing to use it with.
    pub inherit_network: bool,
    /// Whether the app may make TCP sockets.
    pub tcp: bool,
    /// Whether the app may make UDP sockets.
    pub udp: bool,
    /// Whether the app may look up host names.
    pub ip_name_lookup: bool,
    /// Whether the app may send HTTP requests, to any server that this machine can reach.
    ///
    /// The host makes the connections, so nothing else of the network is needed for it.
    pub http: bool,
}

setters!(Grants {
    with_inherit_network: inherit_network: bool,
    with_tcp: tcp: bool,
    with_udp: udp: bool,
    with_ip_name_lookup: ip_name_lookup: bool,
    with_http: http: bool,
});

impl Grants {
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
    /// Where it is.
    pub host: PathBuf,
    /// What the app calls it.
    pub guest: String,
    /// Whether the app may only read in it.
    pub read_only: bool,
}

impl DirGrant {
    /// The app may read, change, create and delete what is in `host`.
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

    /// The app may read what is in `host`, and change nothing.
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
