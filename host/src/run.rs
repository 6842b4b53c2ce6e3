//! One run of an app, start to end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use wasmtime_wasi::I32Exit;

use crate::app::App;
use crate::config::{Config, MAX_CORES, MAX_DEPTH, MAX_MESSAGE};
use crate::cores::{self, Cores, MainEnd};
use crate::grants::Template;
use crate::job::{Children, Reason, Stop, stop};
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
        Ok(cores) => Ok(Run { app: config.app.clone(), config: config.clone(), cores, output }),
        Err(error) => {
            // Nothing was printed that could fail to be written.
            _ = output.finish();
            Err(error)
        }
    }
}

fn check(config: &Config) -> Result<(), Error> {
    if config.cores > MAX_CORES {
        return Err(Error::invalid_config("cores", format!("a run has at most {MAX_CORES}")));
    }
    if config.limits.depth > MAX_DEPTH {
        return Err(Error::invalid_config("depth", format!("jobs are nested at most {MAX_DEPTH} deep")));
    }
    if config.limits.message > MAX_MESSAGE {
        return Err(Error::invalid_config("message", format!("one has at most {MAX_MESSAGE} bytes")));
    }
    Ok(())
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
    config: Config,
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
    /// * The app was stopped, or took longer than it may.
    /// * What the app printed cannot be written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let code = host::start(&host::Config::new("app.wasm"))?.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn wait(self) -> Result<u8, Error> {
        let Self { app, config, cores, output } = self;
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
            MainEnd::TimedOut => Err(Error::timed_out(&app, config.limits.timeout.unwrap_or_default())),
            MainEnd::Trapped(error) => match error.downcast_ref() {
                Some(I32Exit(code)) => Ok(u8::try_from(*code).unwrap_or(u8::MAX)),
                None => Err(Error::trapped(&app, &error)),
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

    /// Stops the app without asking.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let run = host::start(&host::Config::new("app.wasm"))?;
    /// run.stopper().stop_now();
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn stop_now(&self) {
        self.0.stop_all(Stop { reason: Reason::Cancelled, deadline: Instant::now() });
    }
}
