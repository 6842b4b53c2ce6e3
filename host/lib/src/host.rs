//! A host: cores, and the capacity for the apps that run on them.

use std::fmt;
use std::sync::Arc;

use crate::Error;
use crate::app::{App, check_grants};
use crate::calls::Library;
use crate::config::{Config, RunConfig};
use crate::exec::capacity;
use crate::exec::cores::Cores;
use crate::load::compiled::{Compiled, Purpose};
use crate::load::compose::Composition;
use crate::load::engine::Demand;
use crate::load::engines::Engines;
use crate::load::inspect::{self, Inspection};
#[cfg(feature = "cluster")]
use crate::node::{Node, NodeConfig};
use crate::serve::{ServeConfig, Server};
use crate::store::embedder::Imports;

/// A set of cores, ready to run apps.
///
/// Each core is a thread. A clone refers to the same host. The cores end when the last clone is dropped and
/// all [`App`]s and [`Run`](crate::Run)s of the host are dropped as well.
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
    engines: Engines,
    cores: Cores,
    config: Arc<Config>,
}

impl Host {
    /// Starts the cores of a new host.
    ///
    /// # Errors
    ///
    /// * The configuration is not valid for a host.
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
        let (engines, instances) = Engines::new(capacity::room(&config), &config, Demand::default())?;
        let max_warm;
        (config.slots, max_warm) = capacity::fit(&config, instances);
        let cores = Cores::start(&config, engines.clock(), max_warm)?.wait()?;
        Ok(Self { engines, cores, config: Arc::new(config) })
    }

    /// Reads an app, which is a file or a [`Composition`], and compiles it or loads it from the cache.
    ///
    /// # Errors
    ///
    /// * A file cannot be read, is not a component, or does not fit: see [`Composition::encode`].
    /// * The app imports something that this host does not have.
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
        let compiled = Compiled::load(&self.engines, &app.into(), &self.config, Purpose::Run)?;
        Ok(App::new(self.cores.clone(), Arc::clone(&self.config), compiled))
    }

    /// Serves HTTP with an app, which is a file or a [`Composition`] that exports `wasi:http/incoming-handler`.
    ///
    /// Each request is a call of the app on any core, in an instance that handles no other request meanwhile.
    ///
    /// # Errors
    ///
    /// * As [`load`](Self::load), but for an app that handles no HTTP requests.
    /// * As [`App::start`], but for something that the app is granted.
    /// * An address is in use, or the certificate cannot be read.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig, ServeConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
    /// let handle = server.stop_handle();
    /// std::thread::spawn(move || {
    ///     std::io::stdin().lines().next();
    ///     handle.drain();
    /// });
    /// server.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn serve(
        &self,
        app: impl Into<Composition>,
        run: &RunConfig,
        config: &ServeConfig,
    ) -> Result<Server, Error> {
        run.check(&self.config)?;
        check_grants(run, &self.config)?;
        let compiled = Compiled::load(&self.engines, &app.into(), &self.config, Purpose::Serve)?;
        Server::start(&self.cores, &self.config, &Arc::new(compiled), run, config)
    }

    /// Offers the cores of this host to the others of its [cluster](Config::cluster), and runs their jobs.
    ///
    /// # Errors
    ///
    /// The host has no cluster.
    ///
    /// # Examples
    ///
    /// ```
    /// use host::{Config, ErrorKind, Host, NodeConfig, Trust};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let error = host.node(&NodeConfig::new(Trust::Any)).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    /// # Ok::<(), host::Error>(())
    /// ```
    #[cfg(feature = "cluster")]
    pub fn node(&self, config: &NodeConfig) -> Result<Node, Error> {
        Node::start(&self.cores, &self.engines, &self.config, config)
    }

    /// Opens a component, which is a file or a [`Composition`], to call its exported functions.
    ///
    /// The component needs no main function. Its calls run on any core, concurrently with runs of apps, and count
    /// as one run of the host.
    ///
    /// # Errors
    ///
    /// * As [`load`](Self::load), but for a component without a main function.
    /// * As [`App::start`], but for something that the component is granted.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let library = host.open("stats.wasm", &RunConfig::default())?;
    /// let count = library.function("count")?.typed::<(String,), (u32,)>()?;
    /// assert_eq!(count.call(("to be".to_owned(),)).wait()?, (2,));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self, app: impl Into<Composition>, run: &RunConfig) -> Result<Library, Error> {
        run.check(&self.config)?;
        check_grants(run, &self.config)?;
        let compiled = Compiled::load(&self.engines, &app.into(), &self.config, Purpose::Call)?;
        Library::start(&self.cores, compiled, run, None)
    }

    /// Opens a component as [`open`](Self::open) does, with imports that this program provides.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or a function of the imports has another type than the component imports.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::wasmtime::StoreContextMut;
    /// use host::{Config, Host, Imports, InstanceState, RunConfig};
    ///
    /// let imports = Imports::new(|| 0_u32).with("demo:host/counter", |linker| {
    ///     let mut counter = linker.instance("demo:host/counter")?;
    ///     counter.func_wrap("next", |mut store: StoreContextMut<'_, InstanceState>, (): ()| {
    ///         let count = store.data_mut().get_mut::<u32>();
    ///         *count += 1;
    ///         Ok((*count,))
    ///     })
    /// });
    /// let host = Host::new(&Config::default())?;
    /// let library = host.open_with("plugin.wasm", &RunConfig::default(), &imports)?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn open_with(
        &self,
        app: impl Into<Composition>,
        run: &RunConfig,
        imports: &Imports,
    ) -> Result<Library, Error> {
        run.check(&self.config)?;
        check_grants(run, &self.config)?;
        let (app, cache) = (app.into(), &self.config.cache);
        let compiled = Compiled::load_with(&self.engines, &app, cache, Purpose::Call, imports)?;
        Library::start(&self.cores, compiled, run, Some(imports))
    }

    /// Describes an app, which is a file or a composition: what it needs, and whether this host would run it.
    /// Runs none of its code.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or does not fit the others. A file that is not an app is not an error.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// assert_eq!(host.inspect("no/such/app.wasm").unwrap_err().kind(), host::ErrorKind::Unreadable);
    /// assert!(!host.inspect("Cargo.toml")?.runs());
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn inspect(&self, app: impl Into<Composition>) -> Result<Inspection, Error> {
        inspect::inspect(&self.engines, &app.into(), &self.config.cache)
    }

    /// Returns how much of the host is in use now.
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
        let (runs, free) = self.cores.usage();
        Usage { runs, slots: self.config.slots - free, pool: self.engines.used() }
    }
}

/// How much of a host is in use.
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
    /// The number of runs.
    pub runs: usize,
    /// The number of slots in use, of those that all runs share.
    pub slots: usize,
    /// The number of core instances, memories, tables and stacks of the pool that are in use, by instances
    /// with and without a job. 0 if there is no pool.
    pub pool: u64,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("config", &self.config).finish_non_exhaustive()
    }
}
