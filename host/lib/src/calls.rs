//! Calls of exported functions: a component as a library, whose functions run on all cores.
//!
//! A call is a job of a run without main. So slots, limits, stops, ticks and events apply as for any other job,
//! and a function need not know of this host: any component in any language may be called.

mod function;
mod typed;
mod values;
mod text;
mod callee;
mod call;
mod shared;
mod session;
mod failure;
mod format;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

pub use call::Call;
pub use failure::Failure;
pub use format::Format;
pub use function::Function;
pub use session::Session;
pub use text::{Text, TextFunction};
pub use typed::TypedFunction;

use shared::Shared;

use crate::app::{alone, check_grants};
use crate::config::{Config, RunConfig};
use crate::error::Error;
use crate::exec::cores::Cores;
use crate::exec::service::Service;
use crate::imports::access::Access;
use crate::job::call::{Reason, Stop};
use crate::load::compiled::{Compiled, Purpose};
use crate::load::compose::Composition;
use crate::load::exports::{Exports, NotFound};
use crate::run::StopHandle;
use crate::stdio::output::Output;
use crate::store::embedder::Imports;
use crate::store::grants::Template;

/// A component whose exported functions are called from this program, on all cores of a host.
///
/// [`Host::open`](crate::Host::open) creates one. The component needs no main function, and nothing of this
/// project: any component will do, in any language.
///
/// An instance runs one call at a time. Many calls at a time run in as many instances, each on one core. An
/// instance whose call has returned is kept warm for the next call, so what a function keeps in variables may be
/// there in a later call, or not. [`Function::with_fresh`] gives each call an instance of its own, and a
/// [`Session`] one instance to several calls.
///
/// Dropping it stops all calls at once, and waits until none of its instances is left. Functions and futures that
/// are still there fail with [`Failure::Stopped`] then.
///
/// # Examples
///
/// ```no_run
/// use host::{Config, Host, RunConfig};
///
/// let host = Host::new(&Config::default())?;
/// let library = host.open("stats.wasm", &RunConfig::default())?;
/// let count = library.function("demo:text/stats.count")?.typed::<(String,), (u32,)>()?;
/// let (words,) = count.call(("to be or not".to_owned(),)).wait()?;
/// assert_eq!(words, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the calls of a library are stopped when it is dropped"]
pub struct Library {
    service: Option<Service>,
    shared: Arc<Shared>,
    exports: Exports,
    output: Output,
    access: Access,
    /// Keeps the cores running.
    _cores: Cores,
}

impl Library {
    pub(crate) fn start(
        cores: &Cores,
        app: Compiled,
        run: &RunConfig,
        imports: Option<&Imports>,
    ) -> Result<Self, Error> {
        let app = Arc::new(app);
        let output = Output::open(&run.stdout, &run.stderr, run.status.as_ref(), true)
            .map_err(|cause| Error::threads("start the threads that write the output", cause))?;
        let template = Template::new(&app.path, app.concurrency, run, output.clone())?;
        let template = template.with_embedder(imports.map(Imports::make_state));
        let access = template.access().clone();
        let service = Service::start(cores, Arc::clone(&app), template, run)?;
        let exports = Exports::of(app.linked.component());
        let timeout = run.limits.timeout.into_iter().chain(run.limits.job_timeout).min();
        let shared = Shared::new(app, service.caller().clone(), cores.tasks().count(), timeout);
        let service = Some(service);
        Ok(Self { service, shared, exports, output, access, _cores: cores.clone() })
    }

    /// Opens a component on a new host of its own, where [`Host::open`](crate::Host::open) opens one on an existing
    /// host.
    ///
    /// A component that does not use the jobs of this project gets one core. This is the fastest way to a single
    /// call.
    ///
    /// # Errors
    ///
    /// Fails as [`Host::new`](crate::Host::new) and [`Host::open`](crate::Host::open) do.
    ///
    /// # Examples
    ///
    /// ```
    /// use host::{Config, Library, RunConfig};
    ///
    /// let error = Library::open_alone(&Config::default(), "no/such.wasm", &RunConfig::default()).unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read no/such.wasm"));
    /// ```
    pub fn open_alone(config: &Config, app: impl Into<Composition>, run: &RunConfig) -> Result<Self, Error> {
        let (cores, config, compiled) = alone(config, &app.into(), Purpose::Call)?;
        run.check(&config)?;
        check_grants(run, &config)?;
        Self::start(&cores, compiled, run, None)
    }

    /// Returns the function with this name.
    ///
    /// The name is that of WIT, as in `demo:text/stats.count` or `demo:text/stats@0.1.0.count`. The version, the
    /// package and the interface may be left out where one function is meant: `stats.count` or `count`.
    ///
    /// # Errors
    ///
    /// There is no such function, or there are several. The error names those that there are.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// let count = library.function("count")?;
    /// assert_eq!(count.name(), "demo:text/stats.count");
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn function(&self, name: &str) -> Result<Function, Error> {
        match self.exports.find(name) {
            Ok(export) => Ok(Function::new(&self.shared, export)),
            Err(not_found) => {
                let is_ambiguous = matches!(not_found, NotFound::Ambiguous(_));
                let (NotFound::Unknown(names) | NotFound::Ambiguous(names)) = not_found;
                Err(Error::not_found(self.path(), name, names, is_ambiguous))
            }
        }
    }

    /// Returns all functions, in their order in the component.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// for function in host.open("stats.wasm", &host::RunConfig::default())?.functions() {
    ///     println!("{}", function.signature());
    /// }
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn functions(&self) -> impl Iterator<Item = Function> {
        self.exports.iter().map(|export| Function::new(&self.shared, export))
    }

    /// Returns a handle that stops, from any thread, all calls that have been made and have not ended.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// library.stop_handle().stop();
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn stop_handle(&self) -> StopHandle {
        StopHandle::new(self.shared.caller.children())
    }

    /// Waits until all calls have ended and everything that they printed has been written.
    ///
    /// Sessions are calls, too: drop them first.
    ///
    /// # Errors
    ///
    /// * The cores of the host have ended.
    /// * What the component printed cannot be written.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # let host = host::Host::new(&host::Config::default())?;
    /// let library = host.open("stats.wasm", &host::RunConfig::default())?;
    /// library.close()?;
    /// # Ok::<(), host::Error>(())
    /// ```
    pub fn close(mut self) -> Result<(), Error> {
        self.end(false)
    }

    fn end(&mut self, is_stopped: bool) -> Result<(), Error> {
        let Some(service) = self.service.take() else { return Ok(()) };
        let ended = service.wait();
        let written = self.output.finish(is_stopped, false).map_err(Error::output);
        // What was denied to it may be why calls have failed.
        self.access.warn();
        ended.and(written)
    }

    fn path(&self) -> &Path {
        &self.shared.app.path
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        if self.service.is_some() {
            let stop = Stop { reason: Reason::Cancelled, deadline: Instant::now() };
            self.shared.caller.children().stop_all(stop);
            // The result of the end is not needed.
            _ = self.end(true);
        }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").field("file", &self.path()).finish_non_exhaustive()
    }
}
