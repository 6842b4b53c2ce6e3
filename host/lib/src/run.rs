//! One run of an app, from start to end.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime_wasi::I32Exit;

use crate::config::{Config, RunConfig};
use crate::error::{Error, ErrorKind};
use crate::exec::cores::{Cores, Root};
use crate::exec::running::MainEnd;
#[cfg(feature = "cluster")]
use crate::handover::Handover;
use crate::imports::access::Access;
use crate::job::call::{Children, Reason, Stop, stop};
use crate::load::compiled::Compiled;
use crate::load::kind::SERVER;
use crate::stdio::output::Output;
use crate::store::failure;
use crate::store::grants::Template;

/// A running app.
///
/// Dropping it stops the app at once, without asking it to stop first, and waits until none of its jobs and
/// instances is left.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// let run = host.load("app.wasm")?.start(&host::RunConfig::default())?;
/// let code = run.wait()?;
/// # Ok::<(), host::Error>(())
/// ```
#[must_use = "an app is stopped when its run is dropped"]
pub struct Run {
    app: Arc<Compiled>,
    timeout: Option<Duration>,
    /// The main job, as the only child of the run.
    main: Arc<Children>,
    /// `Some` until the run is waited for.
    root: Option<Root>,
    output: Output,
    access: Access,
    /// Its jobs on other machines.
    #[cfg(feature = "cluster")]
    handover: Option<Handover>,
}

impl Run {
    pub(crate) fn start(
        cores: &Cores,
        app: &Arc<Compiled>,
        host: &Config,
        config: &RunConfig,
    ) -> Result<Self, Error> {
        #[cfg(not(feature = "cluster"))]
        let _ = host;
        // Without jobs there is one instance.
        let keeps_lines = app.worker.is_some();
        let output = Output::open(&config.stdout, &config.stderr, config.status.as_ref(), keeps_lines)
            .map_err(|cause| Error::threads("start the threads that write the output", cause))?;
        let started =
            Template::new(&app.path, app.concurrency, config, output.clone()).and_then(|template| {
                let access = template.access().clone();
                #[cfg(feature = "cluster")]
                let prepare = |root: &Root| Handover::start(host, app, root, config, &output);
                #[cfg(not(feature = "cluster"))]
                let prepare = |_: &Root| ();
                Ok((cores.run(Arc::clone(app), template, config, prepare)?, access))
            });
        match started {
            Ok(((root, handover), access)) => {
                let (app, timeout) = (Arc::clone(app), config.limits.timeout);
                #[cfg(not(feature = "cluster"))]
                let () = handover;
                let main = Arc::clone(root.children());
                Ok(Self {
                    app,
                    timeout,
                    main,
                    root: Some(root),
                    output,
                    access,
                    #[cfg(feature = "cluster")]
                    handover,
                })
            }
            Err(error) => {
                // The app has printed nothing, so no write can have failed.
                _ = output.finish(true, false);
                Err(error)
            }
        }
    }

    /// Returns a handle that stops the app from any thread.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let host = host::Host::new(&host::Config::default())?;
    /// let run = host.load("app.wasm")?.start(&host::RunConfig::default())?;
    /// run.stop_handle().stop();
    /// assert_eq!(run.wait().unwrap_err().kind(), host::ErrorKind::Stopped);
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle::new(&self.main)
    }

    /// Waits for the app to end, and returns its exit code.
    ///
    /// When this returns, nothing of the app is running any more, no core keeps an instance of this run, and
    /// all that it printed has been written. If the run was stopped or timed out, output that its reader does
    /// not accept within a second is lost.
    ///
    /// The code is 0 if main returned successfully, 1 if it returned an error, and otherwise the code that
    /// the app passed to `exit`.
    ///
    /// # Errors
    ///
    /// * Main trapped. A job's trap is not an error here: its parent receives it as a value.
    /// * The app was stopped, or exceeded its limit of time or memory.
    /// * The app's output cannot be written, and the app was not told, or trapped about it. An app that handles
    ///   such an error ends as it decides.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let host = host::Host::new(&host::Config::default())?;
    /// let app = host.load("app.wasm")?;
    /// let code = app.start(&host::RunConfig::default())?.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn wait(mut self) -> Result<u8, Error> {
        let Some(root) = self.root.take() else { return Err(Error::host_bug("waited for twice")) };
        let code = self.end(root);
        let has_failed = match &code {
            Ok(code) => *code != 0,
            // That says why it ended.
            Err(error) => !matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::Unwritable),
        };
        if has_failed {
            self.access.warn();
        }
        code
    }

    /// Waits for the app to end.
    fn end(&mut self, root: Root) -> Result<u8, Error> {
        let ended = root.wait();
        #[cfg(feature = "cluster")]
        self.handover.take().into_iter().for_each(Handover::close);
        // All instances are gone, so nothing more is printed. A reader that does not read must not delay a
        // run that has to end.
        let is_stopped = !matches!(ended, Ok(MainEnd::Returned(_) | MainEnd::Trapped { .. }));
        let has_trapped = matches!(&ended, Ok(MainEnd::Trapped { error, .. }) if !error.is::<I32Exit>());
        let written = self.output.finish(is_stopped, has_trapped).map_err(Error::output);
        let end = ended?;
        // Output errors come first: a trap may be only the app's panic about output that it could not print.
        written?;
        let app = &self.app.path;
        match end {
            MainEnd::Returned(well) => Ok(u8::from(!well)),
            MainEnd::Stopped => Err(Error::stopped(app)),
            MainEnd::TimedOut => Err(Error::timed_out(app, self.timeout.unwrap_or_default())),
            MainEnd::Broken(panic) => Err(Error::host_bug(format!("it panicked while main ran: {panic}"))),
            MainEnd::Trapped { error, denied, stack } => match (error.downcast_ref(), denied) {
                (Some(I32Exit(code)), _) => Ok(u8::try_from(*code).unwrap_or(u8::MAX)),
                (None, Some(excess)) => Err(Error::out_of_memory(app, excess.used, excess.limit)),
                (None, None) if failure::is_for_want_of_room(&error) => {
                    Err(Error::no_room(app, &failure::no_instance(&error)))
                }
                (None, None) => Err(Error::trapped(app, &error, &stack, self.handler())),
            },
        }
    }
}

impl Run {
    /// Returns why the main function of an HTTP handler may be one that must not be called.
    fn handler(&self) -> Option<String> {
        let handler = self.app.handler.as_ref()?;
        Some(format!("it exports {handler}, so it may be an HTTP handler: {SERVER}"))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(root) = self.root.take() {
            self.main.stop_all(Stop { reason: Reason::Cancelled, deadline: Instant::now() });
            // The result of the wait is not needed.
            _ = root.wait();
            #[cfg(feature = "cluster")]
            self.handover.take().into_iter().for_each(Handover::close);
        }
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("app", &self.app.path).finish_non_exhaustive()
    }
}

/// A handle that stops a running app.
///
/// Dropping it has no effect on the app.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// let run = host.load("app.wasm")?.start(&host::RunConfig::default())?;
/// let stop = run.stop_handle();
/// stop.clone().stop();
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StopHandle(Arc<Children>);

impl StopHandle {
    /// Creates a handle that stops main, or calls.
    pub(crate) fn new(children: &Arc<Children>) -> Self {
        Self(Arc::clone(children))
    }

    /// Stops the app: its jobs, innermost first, and then main. Each is asked to stop before it is killed;
    /// the run as a whole has the grace time for that.
    ///
    /// Returns at once; [`Run::wait`] waits for the end. Stopping an app twice has no further effect.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let host = host::Host::new(&host::Config::default())?;
    /// let run = host.load("app.wasm")?.start(&host::RunConfig::default())?;
    /// run.stop_handle().stop();
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn stop(&self) {
        self.0.stop_all(stop(self.0.tree(), Reason::Cancelled));
    }
}
