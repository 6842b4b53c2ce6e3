//! Why a run could not start or failed: one opaque error, with a kind for programs and a line of text for
//! people.
//!
//! The text names the thing that failed (a path, an import, a core) and says what to do about it. Failures
//! inside a job are not errors of this type: the parent receives them as values, and they end the run only if
//! the app lets them.

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::Path;
use std::time::Duration;

use semver::Version;
use wasmtime::{GcHeapOutOfMemory, ThrownException, Trap, WasmBacktrace};

use crate::escaped::Escaped;

mod backtrace;
mod kind;
mod compose;
mod setting;
mod situation;

pub(crate) use backtrace::Backtrace;
use backtrace::is_backtrace;
pub(crate) use compose::ComposeError;
pub use kind::ErrorKind;
pub use setting::Setting;
pub(crate) use situation::Situation;

use situation::FEWER_CORES;

/// What to do if there is too little address space.
pub(crate) const MORE_SPACE: &str = "raise ulimit -v or -d, or take fewer cores and slots";

/// The reason of a guest that ended by an exception of WebAssembly.
pub(crate) const UNCAUGHT: &str = "an exception that nothing caught";

/// Why the host could not run an app, or could not finish running it.
///
/// [`kind`](Self::kind) lets programs decide how to react. [`Display`](fmt::Display) is one line for people:
/// it names the thing that failed and says what to do. If a setting is wrong or would help,
/// [`settings`](Self::settings) returns it.
///
/// # Examples
///
/// ```no_run
/// use host::{ErrorKind, RunConfig};
///
/// let host = host::Host::new(&host::Config::default())?;
/// match host.load("app.wasm")?.start(&RunConfig::default())?.wait() {
///     Ok(code) => println!("exit code {code}"),
///     Err(error) if error.kind() == ErrorKind::TimedOut => println!("try again tomorrow: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug)]
pub struct Error(Box<Situation>);

impl Error {
    /// Returns the kind of this error.
    ///
    /// # Examples
    ///
    /// ```
    /// use host::{Config, ErrorKind, Host};
    ///
    /// let error = Host::new(&Config::default())?.load("Cargo.toml").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidComponent);
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// Returns the settings that are wrong or too small, or that would help.
    ///
    /// The text of an error says what is wrong, but does not name settings: a program may have its own names
    /// for them, as the `host` command has flags.
    ///
    /// # Examples
    ///
    /// ```
    /// use host::{Config, Host, Setting};
    ///
    /// let error = Host::new(&Config::default().with_depth(1_000_000)).unwrap_err();
    /// assert_eq!(error.to_string(), "invalid depth: jobs are nested at most 1000 deep");
    /// assert_eq!(error.settings(), [Setting::Depth]);
    /// ```
    #[must_use]
    pub fn settings(&self) -> &'static [Setting] {
        self.0.settings()
    }

    /// Returns more lines about the error, such as a trap's backtrace. Most errors have none.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let error = host.load("no/such/app.wasm").unwrap_err();
    /// assert_eq!(error.details(), "");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn details(&self) -> &str {
        match &*self.0 {
            Situation::Trapped { details, .. } => details,
            _ => "",
        }
    }

    /// Returns the innermost frames of the call stack of a trap, a line each: at most five, without those of the
    /// standard library and of the guest runtime, unless there are no others. If main trapped because a job failed, it is the stack of that job. Most errors have none.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let error = host.load("no/such/app.wasm").unwrap_err();
    /// assert_eq!(error.frames(), "");
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn frames(&self) -> &str {
        match &*self.0 {
            Situation::Trapped { frames, .. } => frames,
            _ => "",
        }
    }

    /// Reports an invalid setting. `what` is the part of it that is wrong: `environment variable A=B`.
    pub(crate) fn invalid_config(
        settings: &'static [Setting],
        what: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Situation::InvalidConfig { settings, what: what.into(), why: why.into() }.into()
    }

    /// Reports a component that has the right header but that the engine refuses.
    pub(crate) fn invalid_component(path: &Path, cause: &wasmtime::Error) -> Self {
        Situation::InvalidComponent { path: path.into(), cause: chain(cause) }.into()
    }

    pub(crate) fn shared_memory(path: &Path) -> Self {
        Situation::SharedMemory { path: path.into() }.into()
    }

    pub(crate) fn too_many_instances(path: &Path, max: u64) -> Self {
        Situation::TooManyInstances { path: path.into(), max }.into()
    }

    pub(crate) fn too_large_to_compile(path: &Path, limit: u64) -> Self {
        Situation::TooLargeToCompile { path: path.into(), limit }.into()
    }

    /// Reports imports that the host does not have. `imports` are full names with versions:
    /// `wasi:http/types@0.2.0`.
    pub(crate) fn missing_imports(path: &Path, imports: Vec<String>) -> Self {
        Situation::MissingImports { path: path.into(), imports }.into()
    }

    pub(crate) fn wrong_contract(path: &Path, app: Version, host: Version) -> Self {
        Situation::WrongContract { path: path.into(), app, host }.into()
    }

    pub(crate) fn other_import(path: &Path, import: &str, cause: &wasmtime::Error) -> Self {
        let cause = cause.root_cause().to_string();
        Situation::OtherImport { path: path.into(), import: import.into(), cause }.into()
    }

    /// Reports a component that is not a command. `what` completes "app.wasm is ".
    pub(crate) fn not_a_command(path: &Path, what: String) -> Self {
        Situation::NotACommand { path: path.into(), what }.into()
    }

    /// Reports an address at which the server cannot listen.
    pub(crate) fn listen(address: String, source: io::Error) -> Self {
        Situation::Listen { address, source }.into()
    }

    /// Reports a certificate or a key that cannot be read or used. The text of the cause names the file.
    pub(crate) fn certificate(source: io::Error) -> Self {
        Situation::Certificate { source }.into()
    }

    /// Reports a component that does not handle HTTP requests. `what` is what it is instead.
    pub(crate) fn not_a_handler(path: &Path, what: String) -> Self {
        Situation::NotAHandler { path: path.into(), what }.into()
    }

    /// Reports a name that is not that of one function.
    pub(crate) fn not_found(path: &Path, name: &str, functions: Vec<String>, is_ambiguous: bool) -> Self {
        let (path, name) = (path.into(), name.into());
        let situation = match is_ambiguous {
            false => Situation::UnknownFunction { path, name, functions },
            true => Situation::AmbiguousFunction { path, name, functions },
        };
        situation.into()
    }

    /// Reports a function that cannot be called as requested.
    pub(crate) fn other_function(function: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Situation::OtherFunction { function: function.to_string(), cause: cause.to_string() }.into()
    }

    /// Reports an import or export of a release candidate of WASI.
    pub(crate) fn release_candidate(path: &Path, name: &str) -> Self {
        Situation::ReleaseCandidate { path: path.into(), name: name.into() }.into()
    }

    pub(crate) fn wrong_export(path: &Path, export: &str, cause: &wasmtime::Error) -> Self {
        let (path, export) = (path.into(), export.into());
        Situation::WrongExport { path, export, cause: chain(cause) }.into()
    }

    pub(crate) fn open_dir(path: &Path, source: io::Error) -> Self {
        Situation::OpenDir { path: path.into(), source }.into()
    }

    pub(crate) fn start_core(core: usize, source: io::Error) -> Self {
        Situation::StartCore { core, source }.into()
    }

    /// Reports that this host cannot take part in a cluster.
    #[cfg(feature = "cluster")]
    pub(crate) fn cluster(cause: ::cluster::nats::NatsError) -> Self {
        Situation::Cluster { cause }.into()
    }

    pub(crate) fn too_many_runs(max: usize) -> Self {
        Situation::TooManyRuns { max }.into()
    }

    /// Reports a refused resource. `what` completes "cannot ...": `start the thread that writes stdout`.
    /// More, or less, of these settings would help.
    pub(crate) fn resources(
        what: impl Into<String>,
        cause: impl fmt::Display,
        settings: &'static [Setting],
    ) -> Self {
        Situation::Resources { what: what.into(), cause: cause.to_string(), settings }.into()
    }

    /// Reports that no threads or descriptors are left to do this.
    pub(crate) fn threads(what: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self::resources(what, format_args!("{cause}; {FEWER_CORES}"), &[Setting::Cores])
    }

    /// Reports that there is too little address space for a host.
    pub(crate) fn address_space(why: impl fmt::Display) -> Self {
        let cause = format_args!("{why}; {MORE_SPACE}");
        Self::resources("get the address space that a host needs", cause, &[Setting::Cores, Setting::Slots])
    }

    /// Reports that there is no room for an instance of this app; `why` says what to do about it.
    pub(crate) fn no_room(path: &Path, why: &str) -> Self {
        Self::resources(format!("make an instance of {}", path.display()), why, &[Setting::Slots])
    }

    /// Reports a trap. The cause is the innermost error, the trap itself. The other errors of the chain, such
    /// as wasmtime's backtrace, become the [`details`](Self::details). `origin` is the stack of the panic that main
    /// reported, if it did, and `hint` says what else may be the reason.
    pub(crate) fn trapped(path: &Path, error: &wasmtime::Error, origin: &str, hint: Option<String>) -> Self {
        let cause = match error.root_cause().downcast_ref() {
            Some(ThrownException) => UNCAUGHT.to_owned(),
            None => error.root_cause().to_string(),
        };
        let stack = error.downcast_ref::<WasmBacktrace>();
        let context = |context: &(dyn std::error::Error + 'static)| match stack {
            Some(stack) if is_backtrace(context) => Some(Backtrace(stack).to_string()),
            _ => {
                let text = Some(context.to_string()).filter(|text| *text != cause)?;
                Some(text.lines().map(|line| Escaped(line).to_string()).collect::<Vec<_>>().join("\n"))
            }
        };
        let mut details = error.chain().filter_map(context).collect::<Vec<_>>().join("\n");
        let own = stack.map(|stack| Backtrace(stack).to_string()).unwrap_or_default();
        let is_of_job = !origin.is_empty() && !own.lines().skip(1).map(str::trim).eq(origin.lines());
        let frames = backtrace::innermost(if is_of_job { origin } else { &own });
        if is_of_job {
            details = format!("wasm backtrace of the job:\n{}\n{details}", backtrace::indented(origin));
        }
        // "trapped: wasm trap: wasm `unreachable` .." would repeat itself.
        let cause = cause.strip_prefix("wasm trap: ").unwrap_or(&cause);
        let is_overflow = matches!(error.downcast_ref(), Some(Trap::StackOverflow));
        let (settings, advice): (&[_], _) =
            if is_overflow { (&[Setting::Stack], "; it may need a larger stack") } else { (&[], "") };
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        let cause = format!("{cause}{advice}{hint}");
        let is_of_guest =
            error.is::<Trap>() || error.is::<ThrownException>() || error.is::<GcHeapOutOfMemory<()>>();
        let is_of_host = !is_of_guest;
        Situation::Trapped { path: path.into(), cause, frames, details, settings, is_of_host }.into()
    }

    /// Reports that main ran out of memory. `wanted` and `limit` are the bytes of all instances of the app.
    pub(crate) fn out_of_memory(path: &Path, wanted: u64, limit: u64) -> Self {
        Situation::OutOfMemory { path: path.into(), wanted, limit }.into()
    }

    pub(crate) fn stopped(path: &Path) -> Self {
        Situation::Stopped { path: path.into() }.into()
    }

    pub(crate) fn timed_out(path: &Path, after: Duration) -> Self {
        Situation::TimedOut { path: path.into(), after }.into()
    }

    /// Reports an invariant that does not hold. The text includes the caller's file and line.
    #[track_caller]
    pub(crate) fn host_bug(what: impl Into<String>) -> Self {
        let place = Location::caller();
        let place = format!("{}:{}", place.file(), place.line());
        Situation::HostBug { what: what.into(), place }.into()
    }

    pub(crate) fn output(source: io::Error) -> Self {
        Situation::Output { source }.into()
    }

    pub(crate) fn write_component(path: &Path, source: io::Error) -> Self {
        Situation::WriteComponent { path: path.into(), source }.into()
    }
}

impl From<ComposeError> for Error {
    fn from(error: ComposeError) -> Self {
        Situation::Compose(error).into()
    }
}

impl From<Situation> for Error {
    fn from(situation: Situation) -> Self {
        Self(Box::new(situation))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(one_line(&self.0.to_string())))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source().map(|source| source as _)
    }
}

/// Joins an error and its causes on one line, outermost first.
fn chain(error: &wasmtime::Error) -> String {
    one_line(&format!("{error:#}"))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
