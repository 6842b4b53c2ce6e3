//! What one run is meant to be: what the app gets, and whether a host can give it.

use std::time::Duration;

use super::grants::Grants;
use super::host::Config;
use super::limits::Limits;
use super::stdio::Stdio;
use crate::Error;
use crate::observe::event::Observer;
use crate::observe::status::StatusLine;

/// The most bytes that a run may allow a message to have. A guest could not have two of them.
const MAX_MESSAGE: usize = 2 << 30;

/// The longest time that may be set: a hundred years. More, and clocks overflow.
const MAX_TIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

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
