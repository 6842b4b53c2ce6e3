//! An app on a host: compiled and ready to run.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use crate::Error;
use crate::config::{Config, RunConfig};
use crate::error::Setting;
use crate::exec::capacity;
use crate::exec::cores::Cores;
use crate::load::compiled::{Compiled, Purpose};
use crate::load::compose::Composition;
use crate::load::engines::Engines;
use crate::load::surface::Surface;
use crate::load::{cache, contract};
use crate::run::Run;

/// An app on a host: compiled and ready to run any number of times.
///
/// A clone refers to the same app. Dropping an app does not affect its runs.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// let app = host.load("app.wasm")?;
/// for name in ["a", "b"] {
///     let mut config = host::RunConfig::default();
///     config.args = vec![name.to_owned()];
///     app.start(&config)?.wait()?;
/// }
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone)]
pub struct App {
    cores: Cores,
    /// The configuration of its host.
    config: Arc<Config>,
    compiled: Arc<Compiled>,
}

impl App {
    pub(crate) fn new(cores: Cores, config: Arc<Config>, compiled: Compiled) -> Self {
        Self { cores, config, compiled: Arc::new(compiled) }
    }

    /// Loads an app on a new host of its own, where [`Host::load`](crate::Host::load) loads one onto an
    /// existing host.
    ///
    /// This takes less time than starting a host and then loading the app. It takes less memory if the app
    /// has no jobs: such a host has one core, and capacity for main only.
    ///
    /// # Errors
    ///
    /// Fails as [`Host::new`](crate::Host::new) and [`Host::load`](crate::Host::load) do.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = host::App::load_alone(&host::Config::default(), "no/such/app.wasm").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read no/such/app.wasm"));
    /// ```
    pub fn load_alone(config: &Config, app: impl Into<Composition>) -> Result<Self, Error> {
        let (cores, config, compiled) = alone(config, &app.into(), Purpose::Run)?;
        Ok(Self::new(cores, Arc::new(config), compiled))
    }

    /// Starts the app and returns while it runs. Its main function runs on one core of the host. The jobs
    /// that it starts run on any core with capacity, concurrently with those of other runs.
    ///
    /// # Errors
    ///
    /// * The configuration is not valid for a run on this host.
    /// * Something that the app is granted cannot be opened.
    /// * A directory that the app may write to contains the host's cache.
    /// * The host already has the maximum number of runs, or the system refuses threads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let host = host::Host::new(&host::Config::default())?;
    /// let run = host.load("server.wasm")?.start(&host::RunConfig::default())?;
    /// let stop = run.stop_handle();
    /// std::thread::spawn(move || {
    ///     std::io::stdin().lines().next();
    ///     stop.stop();
    /// });
    /// assert!(run.wait().is_err_and(|error| error.kind() == host::ErrorKind::Stopped));
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn start(&self, config: &RunConfig) -> Result<Run, Error> {
        config.check(&self.config)?;
        check_grants(config, &self.config)?;
        Run::start(&self.cores, &self.compiled, &self.config, config)
    }
}

/// Loads an app on a new host of its own, with no more cores and room than the app can use. Returns the cores of the
/// host and its configuration.
pub(crate) fn alone(
    config: &Config,
    app: &Composition,
    purpose: Purpose,
) -> Result<(Cores, Config, Compiled), Error> {
    config.check()?;
    let mut config = config.clone();
    let composed = app.compose()?;
    let surface = Surface::read(&composed.bytes);
    // A component that cannot be read has no jobs either; the engine reports why.
    let has_jobs = surface.as_ref().is_ok_and(|surface| surface.worker().is_some());
    let knows_cores = surface.as_ref().is_ok_and(|surface| contract::newest(surface.names()).is_some());
    if !knows_cores {
        config.cores = NonZeroUsize::MIN;
    }
    // Several calls, or a session and a call, may be in progress at a time.
    let has_jobs = has_jobs || purpose == Purpose::Call;
    let room = if has_jobs { capacity::room(&config) } else { capacity::room_for_mains(&config) };
    let demand = surface.as_ref().map(Surface::demand).unwrap_or_default();
    let (engines, instances) = Engines::new(room, &config, demand)?;
    let max_warm;
    (config.slots, max_warm) = capacity::fit(&config, instances);
    let cores = Cores::start(&config, engines.clock(), max_warm)?;
    let compiled = Compiled::of(&engines, app.app(), &composed, surface, &config.cache, purpose)?;
    let compiled = compiled.with_program(composed, &config);
    Ok((cores.wait()?, config, compiled))
}

/// Checks that the app cannot write to the cache of its host.
pub(crate) fn check_grants(run: &RunConfig, host: &Config) -> Result<(), Error> {
    for dir in run.grants.dirs.iter().filter(|dir| !dir.read_only) {
        if let Some(cache) = cache::within(&dir.host, &host.cache) {
            let why = format!(
                "the app could write to the cache of compiled apps in {}: grant it read-only, or keep compiled \
                 apps elsewhere or not at all",
                cache.display()
            );
            let what = format!("directory {}", dir.host.display());
            return Err(Error::invalid_config(&[Setting::Dirs, Setting::Cache], what, why));
        }
    }
    Ok(())
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("file", &self.compiled.path).finish_non_exhaustive()
    }
}
