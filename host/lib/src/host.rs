//! A host: cores, and the apps that are ready to run on them.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use wasmtime::Engine;

use crate::app::{Compiled, Surface, contract};
use crate::compose::Composition;
use crate::config::{Config, RunConfig};
use crate::cores::{self, Cores};
use crate::inspect::{self, Inspection};
use crate::run::Run;
use crate::{Error, cache, engine};

/// A number of cores, ready to run apps.
///
/// Each core is a thread. A clone is the same host. Dropping the last one ends its cores, when also
/// the last of its [`App`]s and [`Run`]s is dropped.
///
/// # Examples
///
/// ```
/// let mut config = host::Config::default();
/// config.cores = 2.try_into().unwrap();
/// let host = host::Host::new(&config)?;
/// assert!(host.load("no/such/app.wasm").is_err());
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone)]
pub struct Host {
    engine: Engine,
    cores: Cores,
    config: Arc<Config>,
}

impl Host {
    /// Starts the cores.
    ///
    /// # Errors
    ///
    /// * The configuration is none that a host can have.
    /// * The system refuses threads or memory.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut config = host::Config::default();
    /// config.slots = 1_000_000;
    /// let error = host::Host::new(&config).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid slots: a host has at most 100000");
    /// ```
    pub fn new(config: &Config) -> Result<Self, Error> {
        config.check()?;
        let mut config = config.clone();
        let (engine, instances) = engine::new(cores::room(&config), &config)?;
        let max_warm;
        (config.slots, max_warm) = cores::fit(&config, instances);
        let cores = Cores::start(&config, &engine, max_warm)?.wait()?;
        Ok(Self { engine, cores, config: Arc::new(config) })
    }

    /// Starts a host for one app, and reads and compiles that, as [`load`](Self::load) does.
    ///
    /// This takes less time than to do one after the other, and less memory where the app has no jobs: then
    /// there is one core, and room for main alone. So nothing else is to be loaded on the host of this app.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new) and [`load`](Self::load).
    ///
    /// # Examples
    ///
    /// ```
    /// let error = host::Host::for_one(&host::Config::default(), "no/such/app.wasm").unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read no/such/app.wasm"));
    /// ```
    pub fn for_one(config: &Config, app: impl Into<Composition>) -> Result<App, Error> {
        config.check()?;
        let (mut config, app) = (config.clone(), app.into());
        let composed = app.compose()?;
        let surface = Surface::read(&composed.bytes);
        // What cannot be read has no jobs either; the engine says why.
        let has_jobs = surface.as_ref().is_ok_and(|surface| surface.worker().is_some());
        let knows_cores = surface.as_ref().is_ok_and(|surface| contract::newest(surface.names()).is_some());
        if !knows_cores {
            config.cores = NonZeroUsize::MIN;
        }
        let room = if has_jobs { cores::room(&config) } else { cores::room_for_mains(&config) };
        let (engine, instances) = engine::new(room, &config)?;
        let max_warm;
        (config.slots, max_warm) = cores::fit(&config, instances);
        let cores = Cores::start(&config, &engine, max_warm)?;
        let compiled = Compiled::of(&engine, app.app(), &composed, surface, &config.cache)?;
        let host = Self { engine, cores: cores.wait()?, config: Arc::new(config) };
        Ok(App { host, compiled: Arc::new(compiled) })
    }

    /// Reads an app, which is a file or a [`Composition`], and compiles it, or takes it from the cache.
    ///
    /// # Errors
    ///
    /// * A file cannot be read, is not a component, or does not fit: see [`Composition::encode`].
    /// * The app needs what this host does not have.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let error = host.load("Cargo.toml").unwrap_err();
    /// assert!(error.to_string().starts_with("Cargo.toml is not a WebAssembly component"));
    ///
    /// let composition = host::Composition::new("no/such/app.wasm").plug("no/such/plug.wasm");
    /// let error = host.load(composition).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read no/such/app.wasm"));
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn load(&self, app: impl Into<Composition>) -> Result<App, Error> {
        let compiled = Compiled::load(&self.engine, &app.into(), &self.config.cache)?;
        Ok(App { host: self.clone(), compiled: Arc::new(compiled) })
    }

    /// Says what an app is, a file or a composition: what it needs, and whether this host would run it.
    /// Nothing of it is run.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or does not fit the others. That it is no app is no error.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// assert_eq!(host.inspect("no/such/app.wasm").unwrap_err().exit_code(), 66);
    /// assert!(!host.inspect("Cargo.toml")?.runs());
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn inspect(&self, app: impl Into<Composition>) -> Result<Inspection, Error> {
        inspect::inspect(&self.engine, &app.into(), &self.config.cache)
    }

    /// What of it is in use now.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// assert_eq!(host.usage().runs, 0);
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn usage(&self) -> Usage {
        let pool = self.engine.pooling_allocator_metrics().map(|pool| {
            pool.core_instances() + pool.memories() as u64 + pool.tables() as u64 + pool.stacks() as u64
        });
        let (runs, free) = self.cores.usage();
        Usage { runs, slots: self.config.slots - free, pool: pool.unwrap_or_default() }
    }
}

/// What of a host is in use.
///
/// # Examples
///
/// ```
/// let host = host::Host::new(&host::Config::default())?;
/// assert_eq!(host.usage(), host::Usage::default());
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// How many runs there are.
    pub runs: usize,
    /// How many of the slots that all runs share are taken.
    pub slots: usize,
    /// How many core instances, memories, tables and stacks of the pool are in use, by instances with
    /// and without a job. 0 where there is no pool.
    pub pool: u64,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("config", &self.config).finish_non_exhaustive()
    }
}

/// An app on a host: compiled, and ready to run as often as you like.
///
/// A clone is the same app. Dropping it changes nothing for its runs.
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
    host: Host,
    compiled: Arc<Compiled>,
}

impl App {
    /// Starts the app, and returns while it runs: its main function on one core of the host, and the
    /// jobs that it starts wherever there is room, beside those of other runs.
    ///
    /// # Errors
    ///
    /// * The configuration is none that a run on this host can have.
    /// * Something that it is granted cannot be opened.
    /// * A directory that it may write to has the cache of the host below it.
    /// * The host has as many runs as it may have, or the system refuses threads.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let host = host::Host::new(&host::Config::default())?;
    /// let run = host.load("server.wasm")?.start(&host::RunConfig::default())?;
    /// let stopper = run.stopper();
    /// std::thread::spawn(move || {
    ///     std::io::stdin().lines().next();
    ///     stopper.stop();
    /// });
    /// assert!(run.wait().is_err_and(|error| error.is_stopped()));
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn start(&self, config: &RunConfig) -> Result<Run, Error> {
        config.check(&self.host.config)?;
        for dir in config.grants.dirs.iter().filter(|dir| !dir.read_only) {
            if let Some(cache) = cache::within(&dir.host, &self.host.config.cache) {
                let why = format!(
                    "the app could write to the cache of compiled apps in {}: grant it with :ro, or use \
                     --no-cache or another --cache-dir",
                    cache.display()
                );
                return Err(Error::invalid_config(format!("directory {}", dir.host.display()), why));
            }
        }
        Run::start(&self.host.cores, &self.compiled, config)
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("file", &self.compiled.path).finish_non_exhaustive()
    }
}
