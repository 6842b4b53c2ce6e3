//! What a run is meant to be: checked values, no command line.
//!
//! The binary fills a [`Config`] from its arguments (`cli`); an embedder fills one by hand. Nothing
//! is granted to an app unless [`Grants`] says so.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::affinity;

/// The largest number of cores a run may have.
///
/// Far above any machine this is for; a typing error such as `--cores 10000` should be an error, not
/// ten thousand threads.
///
/// # Examples
///
/// ```
/// assert!(host::Config::new("app.wasm").cores <= host::MAX_CORES);
/// ```
pub const MAX_CORES: NonZeroUsize = NonZeroUsize::new(1024).expect("1024 is not zero");

/// What to run, on how many cores, and what it may touch.
///
/// # Examples
///
/// An app with one argument, on two cores, that may read one directory:
///
/// ```
/// use std::num::NonZeroUsize;
/// use host::{Config, DirGrant};
///
/// let mut config = Config::new("app.wasm");
/// config.args = vec!["--verbose".into()];
/// config.cores = NonZeroUsize::new(2).unwrap();
/// config.grants.dirs.push(DirGrant::read_only("data", "/data"));
///
/// assert_eq!(config.grants.env, [], "nothing is granted that nobody asked for");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// The file of the app, a WebAssembly component.
    pub app: PathBuf,
    /// The app's arguments, without its own name.
    pub args: Vec<String>,
    /// What the app sees as its own name; the name of its file, if `None`.
    pub argv0: Option<String>,
    /// How many cores the app may use at a time, at most [`MAX_CORES`].
    pub cores: NonZeroUsize,
    /// What of this machine the app may touch.
    pub grants: Grants,
    /// Where compiled apps are kept between runs.
    pub cache: Cache,
}

impl Config {
    /// A run of the app in this file, with these settings:
    ///
    /// * no arguments, and the name of the file as the app's own
    /// * as many cores as this process may use, by its CPU affinity and its cgroup's quota
    /// * nothing granted: no directories, no environment, no network
    /// * compiled code kept in the user's cache directory
    ///
    /// # Examples
    ///
    /// ```
    /// let config = host::Config::new("app.wasm");
    /// assert!(config.args.is_empty());
    /// assert_eq!(config.grants, host::Grants::default());
    /// ```
    #[must_use]
    pub fn new(app: impl Into<PathBuf>) -> Self {
        Self {
            app: app.into(),
            args: Vec::new(),
            argv0: None,
            cores: affinity::available().min(MAX_CORES),
            grants: Grants::default(),
            cache: Cache::default(),
        }
    }
}

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

/// Where compiled apps are kept between runs.
///
/// To compile a large app takes seconds, to load it again milliseconds. Only what this very host
/// compiled on this machine, for this user, is ever loaded.
///
/// # Examples
///
/// ```
/// let mut config = host::Config::new("app.wasm");
/// assert_eq!(config.cache, host::Cache::User);
/// config.cache = host::Cache::Off;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cache {
    /// In `$XDG_CACHE_HOME/parallel-host`, or else in `~/.cache/parallel-host`.
    #[default]
    User,
    /// In this directory, which is made if it does not exist.
    Dir(PathBuf),
    /// Nowhere: every run compiles.
    Off,
}
