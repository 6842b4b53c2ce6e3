//! Serving HTTP: each request is a call of the app, on any core.
//!
//! A thread accepts connections and hands each to the core that has fewest. The core reads requests between its
//! guests, and each request is a job, which any core may begin.

mod address;
mod config;
mod listener;
mod socket;
mod connection;
mod request;
mod handler;
mod concurrent;
mod response;
mod access_log;
mod report;
mod peer;
mod clients;
mod tls;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

pub use address::Address;
pub use config::{ServeConfig, Tls};

use crate::config::{Config, RunConfig};
use crate::error::Error;
use crate::exec::cores::Cores;
use crate::exec::service::Service;
#[cfg(feature = "cluster")]
use crate::handover::Handover;
use crate::imports::access::Access;
use crate::load::compiled::{Compiled, Start};
use crate::stdio::output::Output;
use crate::store::grants::Template;
use access_log::{AccessLog, LogWriter};
use clients::{Clients, Phase};
use listener::Listener;

/// An app that serves HTTP.
///
/// Dropping it stops all requests at once.
///
/// # Examples
///
/// ```no_run
/// use host::{Config, Host, RunConfig, ServeConfig};
///
/// let host = Host::new(&Config::default())?;
/// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
/// println!("serving on {:?}", server.addresses());
/// server.wait()?;
/// # Ok::<(), host::Error>(())
/// ```
#[must_use = "a server is stopped when it is dropped"]
pub struct Server {
    service: Option<Service>,
    thread: Option<JoinHandle<()>>,
    phase: Arc<watch::Sender<Phase>>,
    addresses: Vec<Address>,
    log: Option<LogWriter>,
    output: Output,
    access: Access,
    /// Its jobs on other machines.
    #[cfg(feature = "cluster")]
    handover: Option<Handover>,
}

impl Server {
    /// Opens the addresses, and serves the app there.
    pub(crate) fn start(
        cores: &Cores,
        host: &Config,
        app: &Arc<Compiled>,
        run: &RunConfig,
        config: &ServeConfig,
    ) -> Result<Self, Error> {
        let listener = Listener::open(config)?;
        let addresses = listener.addresses()?;
        let output = Output::open(&run.stdout, &run.stderr, run.status.as_ref(), true)
            .map_err(|cause| Error::threads("start the threads that write the output", cause))?;
        let template = Template::new(&app.path, app.concurrency, run, output.clone())?;
        let access = template.access().clone();
        let log = config.access_log.as_ref().map(|file| AccessLog::start(file.open(io::stdout())?));
        let log = log.transpose().map_err(|cause| Error::threads("start the access log", cause))?;
        let (log, log_writer) = log.unzip();
        let service = Service::start(cores, Arc::clone(app), template, run)?;
        #[cfg(feature = "cluster")]
        let handover = Handover::start(host, app, service.root(), run, &output);
        #[cfg(not(feature = "cluster"))]
        let _ = host;
        let phase = Arc::new(watch::Sender::new(Phase::Serving));
        let expects_more = app.worker.is_some() || matches!(app.start, Start::ConcurrentHandler(_));
        let reuse = config.reuse.unwrap_or(expects_more) && !run.fresh;
        let clients = Clients::new(config, service.caller().clone(), Arc::clone(&phase), reuse, log);
        let tasks = cores.tasks().cloned().collect();
        let thread = listener.start(tasks, clients)?;
        let (service, thread) = (Some(service), Some(thread));
        Ok(Self {
            service,
            thread,
            phase,
            addresses,
            log: log_writer,
            output,
            access,
            #[cfg(feature = "cluster")]
            handover,
        })
    }

    /// Returns the addresses at which it listens. A port that was 0 is the one that the system has chosen.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig, ServeConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
    /// assert_eq!(server.addresses()[0].to_string(), "127.0.0.1:8080");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// Returns a handle that ends the server from any thread.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig, ServeConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
    /// server.stop_handle().stop();
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn stop_handle(&self) -> ServerHandle {
        ServerHandle(Arc::clone(&self.phase))
    }

    /// Waits until the server has been [drained](ServerHandle::drain) or [stopped](ServerHandle::stop).
    ///
    /// # Errors
    ///
    /// * The cores of the host have ended.
    /// * What the app printed cannot be written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig, ServeConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
    /// server.wait()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn wait(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        let (Some(thread), Some(service)) = (self.thread.take(), self.service.take()) else { return Ok(()) };
        let ended =
            thread.join().map_err(|_| Error::host_bug("the thread that accepts connections panicked"));
        service.stop();
        let served = service.wait();
        // Waits until its lines are written.
        drop(self.log.take());
        #[cfg(feature = "cluster")]
        self.handover.take().into_iter().for_each(Handover::close);
        let written = self.output.finish(true, false).map_err(Error::output);
        self.access.warn();
        ended.and(served).and(written)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.phase.send_replace(Phase::Stopped);
        // The result of the end is not needed.
        _ = self.end();
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// A handle that ends a server.
///
/// Dropping it has no effect on the server.
///
/// # Examples
///
/// ```no_run
/// use host::{Config, Host, RunConfig, ServeConfig};
///
/// let host = Host::new(&Config::default())?;
/// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
/// let handle: host::ServerHandle = server.stop_handle();
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServerHandle(Arc<watch::Sender<Phase>>);

impl ServerHandle {
    /// Stops accepting connections, and lets requests that have begun end. Idle connections are closed at once.
    /// What has not ended after [`ServeConfig::drain`] is stopped.
    ///
    /// Returns at once; [`Server::wait`] waits for the end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig, ServeConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
    /// server.stop_handle().drain();
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn drain(&self) {
        self.0.send_if_modified(|phase| phase.advance(Phase::Draining));
    }

    /// Stops all requests, each of which has the grace time of the run, and closes all connections.
    ///
    /// Returns at once; [`Server::wait`] waits for the end.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use host::{Config, Host, RunConfig, ServeConfig};
    ///
    /// let host = Host::new(&Config::default())?;
    /// let server = host.serve("app.wasm", &RunConfig::default(), &ServeConfig::default())?;
    /// server.stop_handle().stop();
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn stop(&self) {
        self.0.send_if_modified(|phase| phase.advance(Phase::Stopped));
    }
}
