//! One run of an app, start to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi::I32Exit;

use crate::app::App;
use crate::config::{Config, MAX_CORES, MAX_DEPTH, MAX_MESSAGE, MAX_SLOTS, MAX_TIME};
use crate::cores::{self, Cores, MainEnd};
use crate::grants::Template;
use crate::job::{Children, Reason, stop};
use crate::output::Output;
use crate::{Error, engine};

/// Runs an app to its end and returns its exit code.
///
/// Main runs on the first core, and each job that it or another job starts on whichever is free
/// first. When this returns, nothing of the app is running any more, and all that it printed has
/// been written.
///
/// The code is 0 if main returned well, 1 if it returned an error, and else the one that the app
/// called `exit` with.
///
/// # Errors
///
/// Those of [`start`] and of [`Run::wait`].
///
/// # Examples
///
/// ```no_run
/// let code = host::run(&host::Config::new("app.wasm"))?;
/// # Ok::<(), host::Error>(())
/// ```
pub fn run(config: &Config) -> Result<u8, Error> {
    start(config)?.wait()
}

/// Starts an app, and returns while it runs.
///
/// # Errors
///
/// * The configuration is none that a run can have.
/// * The app cannot be read, is not a component, or needs what this host does not have.
/// * Something that it is granted cannot be opened.
/// * The system refuses threads or memory to start with.
///
/// # Examples
///
/// ```no_run
/// let run = host::start(&host::Config::new("server.wasm"))?;
/// let stopper = run.stopper();
/// std::thread::spawn(move || {
///     std::io::stdin().lines().next();
///     stopper.stop();
/// });
/// assert!(run.wait().is_err_and(|error| error.is_stopped()));
/// # Ok::<(), host::Error>(())
/// ```
pub fn start(config: &Config) -> Result<Run, Error> {
    check(config)?;
    let engine = engine::new(cores::max_instances(config))?;
    let app = App::load(&engine, config)?;
    let output = Output::inherit()
        .map_err(|cause| Error::resources("start the threads that write the output", cause))?;
    let started =
        Template::new(config, output.clone()).and_then(|template| Cores::start(config, app, template));
    match started {
        Ok(cores) => Ok(Run { app: config.app.clone(), timeout: config.limits.timeout, cores, output }),
        Err(error) => {
            // Nothing was printed that could fail to be written.
            _ = output.finish();
            Err(error)
        }
    }
}

fn check(config: &Config) -> Result<(), Error> {
    let Config { limits, grace, .. } = config;
    let too_much = |setting, why| Err(Error::invalid_config(setting, why));
    if config.cores > MAX_CORES {
        return too_much("cores", format!("a run has at most {MAX_CORES}"));
    }
    if config.slots > MAX_SLOTS {
        return too_much("slots", format!("a run has at most {MAX_SLOTS}"));
    }
    if limits.depth > MAX_DEPTH {
        return too_much("depth", format!("jobs are nested at most {MAX_DEPTH} deep"));
    }
    if limits.message > MAX_MESSAGE {
        return too_much("message", format!("one has at most {MAX_MESSAGE} bytes"));
    }
    let times = [("grace", Some(*grace)), ("timeout", limits.timeout), ("job timeout", limits.job_timeout)];
    match times.into_iter().find(|(_, time)| time.is_some_and(|time| time > MAX_TIME)) {
        Some((setting, _)) => too_much(setting, format!("it is at most {} days", days(MAX_TIME))),
        None => Ok(()),
    }
}

fn days(time: Duration) -> u64 {
    time.as_secs() / (24 * 60 * 60)
}

/// An app that runs.
///
/// Dropping it stops the app at once and waits until nothing of it is left.
///
/// # Examples
///
/// ```no_run
/// let run = host::start(&host::Config::new("app.wasm"))?;
/// let code = run.wait()?;
/// # Ok::<(), host::Error>(())
/// ```
#[must_use = "an app is stopped when its run is dropped"]
pub struct Run {
    app: PathBuf,
    timeout: Option<Duration>,
    cores: Cores,
    output: Output,
}

impl Run {
    /// What stops the app, from any thread.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let run = host::start(&host::Config::new("app.wasm"))?;
    /// run.stopper().stop();
    /// assert!(run.wait().unwrap_err().is_stopped());
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(self.cores.root()))
    }

    /// Waits for the end of the app, and returns its exit code, as [`run`] does.
    ///
    /// # Errors
    ///
    /// * Main trapped. A job's trap is no error here: it is a value that its parent gets.
    /// * The app was stopped, or took longer or more memory than it may.
    /// * What the app printed cannot be written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let code = host::start(&host::Config::new("app.wasm"))?.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn wait(self) -> Result<u8, Error> {
        let Self { app, timeout, cores, output } = self;
        let ended = cores.wait();
        // All instances are gone: nothing more will be printed.
        let written = output.finish().map_err(Error::output);
        let end = ended?;
        // First: a trap may be nothing but a panic of the app over what it could not print.
        written?;
        match end {
            MainEnd::Returned(well) => Ok(u8::from(!well)),
            MainEnd::NoReader => Ok(0),
            MainEnd::Stopped => Err(Error::stopped(&app)),
            MainEnd::TimedOut => Err(Error::timed_out(&app, timeout.unwrap_or_default())),
            MainEnd::Trapped(error, denied) => match (error.downcast_ref(), denied) {
                (Some(I32Exit(code)), _) => Ok(u8::try_from(*code).unwrap_or(u8::MAX)),
                (None, Some(excess)) => Err(Error::out_of_memory(&app, excess.used, excess.limit)),
                (None, None) => Err(Error::trapped(&app, &error)),
            },
        }
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("app", &self.app).finish_non_exhaustive()
    }
}

/// What stops an app that runs.
///
/// Dropping it changes nothing.
///
/// # Examples
///
/// ```no_run
/// let run = host::start(&host::Config::new("app.wasm"))?;
/// let stopper = run.stopper();
/// stopper.clone().stop();
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Children>);

impl Stopper {
    /// Stops the app: its jobs, from the innermost outwards, and then main. Each is asked first, and
    /// the run as a whole has the grace time for that.
    ///
    /// Returns at once; [`Run::wait`] waits for the end. Stopping twice is stopping once.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let run = host::start(&host::Config::new("app.wasm"))?;
    /// run.stopper().stop();
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn stop(&self) {
        self.0.stop_all(stop(self.0.run(), Reason::Cancelled));
    }
}
