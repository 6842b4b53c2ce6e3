//! The configuration of one run: what the app receives, and whether a host can provide it.

use std::time::Duration;

use super::grants::Grants;
use super::host::Config;
use super::input::Input;
use super::limits::Limits;
use super::setters::setters;
use super::stdio::Stdio;
use crate::Error;
use crate::error::Setting;
use crate::observe::event::Observer;
use crate::observe::status::StatusLine;

/// The most bytes that a run may allow for a message. A guest has no room for two of that size.
const MAX_MESSAGE: usize = 2 << 30;

/// The longest time that may be set: a hundred years. Longer times overflow clocks.
const MAX_TIME: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What an app receives in a run, what it may use, and what it may access.
///
/// # Examples
///
/// One argument, and one directory to read:
///
/// ```
/// use host::{DirGrant, Grants, RunConfig};
///
/// let grants = Grants::default().with_dir(DirGrant::read_only("data", "/data"));
/// let config = RunConfig::default().with_args(["--verbose"]).with_grants(grants);
///
/// assert_eq!(config.grants.env, [], "nothing else is granted");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunConfig {
    /// The app's arguments, without its own name.
    pub args: Vec<String>,
    /// The name that the app sees as its own; the name of its file, if `None`.
    pub argv0: Option<String>,
    /// The working directory that the app starts in, as a path of the app. By default there is none, and most
    /// guests start in `/`.
    pub cwd: Option<String>,
    /// Whether the app reads the stdin of this process. If not, its stdin is empty.
    pub stdin: bool,
    /// What the app reads as its stdin, whatever [`stdin`](Self::stdin) says.
    pub input: Option<Input>,
    /// The destination of the app's stdout.
    pub stdout: Stdio,
    /// The destination of the app's stderr.
    pub stderr: Stdio,
    /// A status line on the terminal, which is erased while the app prints there.
    pub status: Option<StatusLine>,
    /// Whether every job runs in a new instance.
    pub fresh: bool,
    /// The grace time: how long a job that is asked to stop has to end, and the run as a whole.
    pub grace: Duration,
    /// Limits on what the run may use.
    pub limits: Limits,
    /// What the app may access on this machine.
    pub grants: Grants,
    /// The observer that receives the events of the run.
    pub observer: Option<Observer>,
    /// Returns the name of a setting, for the texts of failures that the app receives.
    pub setting_name: fn(Setting) -> &'static str,
    /// The signature of the app, for nodes of a cluster that run only signed ones.
    #[cfg(feature = "cluster")]
    pub signature: Option<::cluster::trust::Signature>,
    /// Whether a job that is lost with a node runs again, on this host. Otherwise its parent gets
    /// the failure `lost`. Such a job may print a line twice.
    #[cfg(feature = "cluster")]
    pub rerun_lost: bool,
    /// Whether its owner is on another machine, which only sends its jobs.
    pub(crate) is_remote: bool,
}

impl Default for RunConfig {
    /// * no arguments, and the name of the file as the app's own
    /// * the stdin, stdout and stderr of this process
    /// * the default [`Limits`], and 100 ms of grace
    /// * nothing granted: no directories, no environment, no network
    /// * no observer
    /// * settings by their names in this library
    fn default() -> Self {
        Self {
            args: Vec::new(),
            argv0: None,
            cwd: None,
            stdin: true,
            input: None,
            stdout: Stdio::inherit(),
            stderr: Stdio::inherit(),
            status: None,
            fresh: false,
            grace: Duration::from_millis(100),
            limits: Limits::default(),
            grants: Grants::default(),
            observer: None,
            setting_name: Setting::name,
            #[cfg(feature = "cluster")]
            signature: None,
            #[cfg(feature = "cluster")]
            rerun_lost: false,
            is_remote: false,
        }
    }
}

setters!(RunConfig {
    with_argv0: argv0: impl Into<Option<String>>,
    with_cwd: cwd: impl Into<Option<String>>,
    with_stdin: stdin: bool,
    with_input: input: impl Into<Option<Input>>,
    with_stdout: stdout: Stdio,
    with_stderr: stderr: Stdio,
    with_status: status: impl Into<Option<StatusLine>>,
    with_fresh: fresh: bool,
    with_grace: grace: Duration,
    with_limits: limits: Limits,
    with_grants: grants: Grants,
    with_observer: observer: impl Into<Option<Observer>>,
    with_setting_name: setting_name: fn(Setting) -> &'static str,
});

#[cfg(feature = "cluster")]
setters!(RunConfig {
    with_signature: signature: impl Into<Option<::cluster::trust::Signature>>,
    with_rerun_lost: rerun_lost: bool,
});

impl RunConfig {
    /// Sets [`args`](Self::args).
    ///
    /// # Examples
    ///
    /// ```
    /// let config = host::RunConfig::default().with_args(["--verbose", "access.log"]);
    /// assert_eq!(config.args, ["--verbose", "access.log"]);
    /// ```
    #[must_use]
    pub fn with_args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.args = args.into_iter().map(Into::into).collect();
        self
    }

    /// Checks whether a host with this configuration can have such a run.
    pub(crate) fn check(&self, host: &Config) -> Result<(), Error> {
        let Self { limits, grace, .. } = self;
        let too_much = |setting, what, why| Err(Error::invalid_config(setting, what, why));
        if limits.depth > host.depth {
            return too_much(
                &[Setting::Depth],
                "depth",
                format!("on this host jobs are nested at most {} deep", host.depth),
            );
        }
        if limits.message > MAX_MESSAGE {
            return too_much(&[Setting::Message], "message", format!("one has at most {MAX_MESSAGE} bytes"));
        }
        let times = [
            (&[Setting::Grace][..], "grace", Some(*grace)),
            (&[Setting::Timeout][..], "timeout", limits.timeout),
            (&[Setting::JobTimeout][..], "job timeout", limits.job_timeout),
        ];
        match times.into_iter().find(|(.., time)| time.is_some_and(|time| time > MAX_TIME)) {
            Some((setting, what, _)) => {
                too_much(setting, what, format!("it is at most {} days", days(MAX_TIME)))
            }
            None => Ok(()),
        }
    }
}

fn days(time: Duration) -> u64 {
    time.as_secs() / (24 * 60 * 60)
}
