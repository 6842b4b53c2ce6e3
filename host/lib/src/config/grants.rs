//! What of this machine an app may touch.

use std::path::PathBuf;

/// What an app may touch; by default, nothing.
///
/// Every instance of the app, so every job, gets the same.
///
/// # Examples
///
/// ```
/// let mut grants = host::Grants::default();
/// grants.env.push(("COLOUR".to_owned(), "blue".to_owned()));
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
