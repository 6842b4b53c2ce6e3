//! What a run is meant to be: checked values, no command line.
//!
//! The binary fills a [`Config`] from its arguments (`cli`); an embedder fills one by hand. Nothing
//! is granted to an app unless [`Grants`] says so.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

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

/// The deepest nesting that a run may allow for. Each depth may cost an instance.
pub(crate) const MAX_DEPTH: u32 = 1_000;

/// The most bytes that a run may allow a message to have. A guest could not have two of them.
pub(crate) const MAX_MESSAGE: usize = 2 << 30;

/// The most slots of a run. Each is address space for an instance.
pub(crate) const MAX_SLOTS: usize = 100_000;

/// The longest time that may be set: a hundred years. More, and clocks overflow.
pub(crate) const MAX_TIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

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
    /// Which core gets which job.
    pub placement: Placement,
    /// How many jobs may have begun at a time, besides one of each depth; at most 100,000.
    /// Each keeps an instance.
    pub slots: usize,
    /// Whether every job runs in an instance of its own.
    pub fresh: bool,
    /// How long a job that is to stop has for that, and the run as a whole.
    pub grace: Duration,
    /// How much a run may use.
    pub limits: Limits,
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
    /// * the default [`Limits`], and 100 ms of grace
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
            placement: Placement::default(),
            slots: 1_000,
            fresh: false,
            grace: Duration::from_millis(100),
            limits: Limits::default(),
            grants: Grants::default(),
            cache: Cache::default(),
        }
    }
}

/// Which core gets a job.
///
/// # Examples
///
/// ```
/// assert_eq!(host::Config::new("app.wasm").placement, host::Placement::Steal);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Placement {
    /// The core of its parent, until another core has nothing to do and takes it.
    #[default]
    Steal,
    /// Each core in turn, beginning with that of the parent. There it stays: cores share nothing.
    Sharded,
}

/// How much a run and its jobs may use.
///
/// What is too much for a job is the failure of that job, as a value for its parent. Jobs above
/// [`jobs`](Self::jobs) and [`queued`](Self::queued) are not lost: they begin later.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let mut config = host::Config::new("app.wasm");
/// config.limits.job_timeout = Some(Duration::from_secs(1));
/// assert_eq!(config.limits.depth, 64);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How long main may take.
    pub timeout: Option<Duration>,
    /// How long a job may take from when it begins.
    pub job_timeout: Option<Duration>,
    /// The most memory that all instances have together, in bytes.
    pub memory: u64,
    /// The most memory that the instance of a job has, in bytes. Main may have all there is.
    pub job_memory: u64,
    /// How many jobs may be under way at a time, waiting ones too.
    pub jobs: usize,
    /// How many bytes the messages of all those may have together.
    pub queued: usize,
    /// How many bytes one message or result may have; at most 2 GiB.
    pub message: usize,
    /// How deep jobs may be nested, at most 1,000.
    pub depth: u32,
    /// How often a job may call the host.
    pub job_calls: Option<u64>,
}

impl Default for Limits {
    /// * no limit of time, nor of calls
    /// * three quarters of the memory of this machine, or of the container
    /// * 1 GiB of memory for a job
    /// * 100,000 jobs, with 1 GiB of messages, none above 256 MiB, nested at most 64 deep
    fn default() -> Self {
        Self {
            timeout: None,
            job_timeout: None,
            memory: affinity::memory() / 4 * 3,
            job_memory: 1 << 30,
            jobs: 100_000,
            queued: 1 << 30,
            message: 256 << 20,
            depth: 64,
            job_calls: None,
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
