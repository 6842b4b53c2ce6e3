//! What one run is meant to be: what the app gets, may use, and may touch.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Config, MAX_MESSAGE, MAX_TIME};
use crate::event::Observer;
use crate::status::StatusLine;
use crate::{Error, affinity};

/// How deep jobs may be nested where nobody said how deep.
pub(super) const DEPTH: u32 = 64;

/// What an app gets in a run, and what it may use and touch.
///
/// # Examples
///
/// One argument, and one directory to read:
///
/// ```
/// use host::{DirGrant, RunConfig};
///
/// let mut config = RunConfig::default();
/// config.args = vec!["--verbose".into()];
/// config.grants.dirs.push(DirGrant::read_only("data", "/data"));
///
/// assert_eq!(config.grants.env, [], "nothing is granted that nobody asked for");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunConfig {
    /// The app's arguments, without its own name.
    pub args: Vec<String>,
    /// What the app sees as its own name; the name of its file, if `None`.
    pub argv0: Option<String>,
    /// Whether the app reads the stdin of this process. If not, its stdin is empty.
    pub stdin: bool,
    /// Where its stdout goes.
    pub stdout: Stdio,
    /// Where its stderr goes.
    pub stderr: Stdio,
    /// A line of the terminal that gives way to what the app prints there.
    pub status: Option<StatusLine>,
    /// Whether every job runs in an instance of its own.
    pub fresh: bool,
    /// How long a job that is to stop has for that, and the run as a whole.
    pub grace: Duration,
    /// How much the run may use.
    pub limits: Limits,
    /// What of this machine the app may touch.
    pub grants: Grants,
    /// Who is told what happens.
    pub observer: Option<Observer>,
}

impl Default for RunConfig {
    /// * no arguments, and the name of the file as the app's own
    /// * the stdin, stdout and stderr of this process
    /// * the default [`Limits`], and 100 ms of grace
    /// * nothing granted: no directories, no environment, no network
    /// * nobody told
    fn default() -> Self {
        Self {
            args: Vec::new(),
            argv0: None,
            stdin: true,
            stdout: Stdio::inherit(),
            stderr: Stdio::inherit(),
            status: None,
            fresh: false,
            grace: Duration::from_millis(100),
            limits: Limits::default(),
            grants: Grants::default(),
            observer: None,
        }
    }
}

impl RunConfig {
    /// Whether a host like this can have such a run.
    pub(crate) fn check(&self, host: &Config) -> Result<(), Error> {
        let Self { limits, grace, .. } = self;
        let too_much = |setting, why| Err(Error::invalid_config(setting, why));
        if limits.depth > host.depth {
            return too_much("depth", format!("on this host jobs are nested at most {} deep", host.depth));
        }
        if limits.message > MAX_MESSAGE {
            return too_much("message", format!("one has at most {MAX_MESSAGE} bytes"));
        }
        let times =
            [("grace", Some(*grace)), ("timeout", limits.timeout), ("job timeout", limits.job_timeout)];
        match times.into_iter().find(|(_, time)| time.is_some_and(|time| time > MAX_TIME)) {
            Some((setting, _)) => too_much(setting, format!("it is at most {} days", days(MAX_TIME))),
            None => Ok(()),
        }
    }
}

fn days(time: Duration) -> u64 {
    time.as_secs() / (24 * 60 * 60)
}

/// Where an app's stdout or stderr goes.
///
/// A clone is the same place.
///
/// # Examples
///
/// ```no_run
/// let mut config = host::RunConfig::default();
/// config.stdout = host::Stdio::to(std::fs::File::create("app.log")?);
/// config.stderr = host::Stdio::null();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Stdio(Place);

#[derive(Clone)]
enum Place {
    Inherited,
    Null,
    To(Arc<OwnedFd>),
}

impl Stdio {
    /// To where this process's goes.
    ///
    /// # Examples
    ///
    /// ```
    /// let config = host::RunConfig::default();
    /// assert_eq!(format!("{:?}", config.stdout), format!("{:?}", host::Stdio::inherit()));
    /// ```
    #[must_use]
    pub fn inherit() -> Self {
        Self(Place::Inherited)
    }

    /// To nowhere.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(format!("{:?}", host::Stdio::null()), "null");
    /// ```
    #[must_use]
    pub fn null() -> Self {
        Self(Place::Null)
    }

    /// To a file, the writing end of a pipe, a socket: to any file descriptor.
    ///
    /// It is closed when the run has ended and the last clone of this is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let (reader, writer) = std::io::pipe()?;
    /// let mut config = host::RunConfig::default();
    /// config.stdout = host::Stdio::to(writer);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn to(file: impl Into<OwnedFd>) -> Self {
        Self(Place::To(Arc::new(file.into())))
    }

    /// A file descriptor to write to; `inherited` is what this process writes to itself.
    pub(crate) fn open(&self, inherited: impl AsFd) -> io::Result<OwnedFd> {
        match &self.0 {
            Place::Inherited => inherited.as_fd().try_clone_to_owned(),
            Place::Null => Ok(File::options().write(true).open("/dev/null")?.into()),
            Place::To(fd) => fd.try_clone(),
        }
    }
}

impl fmt::Debug for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Place::Inherited => "inherit",
            Place::Null => "null",
            Place::To(_) => "to a file",
        })
    }
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
/// let mut config = host::RunConfig::default();
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
    /// The most memory that all instances have together, and what the host keeps for them, in bytes.
    pub memory: u64,
    /// The most memory that the instance of a job has, in bytes. Main may have all there is.
    pub job_memory: u64,
    /// How many jobs may be under way at a time, waiting ones too.
    pub jobs: usize,
    /// How many bytes the messages of all those may have together, and the items that they have sent
    /// and nobody has taken. Results count for the [memory](Self::memory) only.
    pub queued: usize,
    /// How many bytes one message, result or item may have, or what is shared at a time; at most 2 GiB.
    pub message: usize,
    /// How deep jobs may be nested, at most as deep as on this host.
    pub depth: u32,
    /// How often a job may call the host.
    pub job_calls: Option<u64>,
}

impl Default for Limits {
    /// * no limit of time, nor of calls
    /// * three quarters of the memory of this machine, or of the control groups or the `ulimit -v` of this process
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
            depth: DEPTH,
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
