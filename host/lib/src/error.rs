//! Why a run could not start, or ended badly: one opaque error, one line of text, one exit code.
//!
//! The text is for the person at the terminal: it names the thing (a path, a flag, an import, a
//! core) and says what to do about it. What happens inside a job is not here: a job's failure is a
//! value that its parent gets, and ends the run only if the app lets it.

use std::fmt;
use std::io;
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use wasmtime::WasmBacktrace;

use crate::escaped::Escaped;

mod backtrace;
mod misfit;

pub(crate) use backtrace::Backtrace;
pub(crate) use misfit::Misfit;

/// What to do where there are too few threads or descriptors.
const FEWER_CORES: &str = "try a smaller --cores, or raise ulimit -n, -u or -v";

/// What to do where there is too little address space.
pub(crate) const MORE_SPACE: &str = "raise ulimit -v, or take fewer --cores and --slots";

/// Why the host could not run an app, or could not finish running it.
///
/// [`Display`](fmt::Display) is one line that names the thing and says what to do;
/// [`exit_code`](Error::exit_code) is what the process should end with.
///
/// # Examples
///
/// ```
/// fn report(error: &host::Error) -> std::process::ExitCode {
///     eprintln!("error: {error}");
///     std::process::ExitCode::from(error.exit_code())
/// }
/// ```
#[derive(Debug)]
pub struct Error(Box<ErrorKind>);

/// One variant per situation, with all that its text needs.
#[derive(Debug)]
pub(crate) enum ErrorKind {
    /// A setting that no run can have.
    InvalidConfig { setting: String, why: String },
    /// The app's file cannot be opened or read.
    ReadApp { path: PathBuf, source: io::Error },
    /// The app's path names something that isn't a regular file.
    NotAFile { path: PathBuf, found: &'static str },
    /// The app's file has no bytes.
    EmptyApp { path: PathBuf },
    /// The app's file is larger than the host is willing to read.
    AppTooLarge { path: PathBuf, limit: u64 },
    /// The app's file is some other kind of file.
    NotComponent { path: PathBuf, found: &'static str },
    /// WebAssembly, but one core module.
    CoreModule { path: PathBuf },
    /// A core module for WASI 0.1.
    Wasip1Module { path: PathBuf },
    /// Compiled code that some wasmtime wrote.
    Precompiled { path: PathBuf },
    /// A component by its header, which the engine refuses.
    InvalidComponent { path: PathBuf, cause: String },
    /// The app imports what nobody offers.
    MissingImports { path: PathBuf, imports: Vec<String> },
    /// The app was built against a contract that this host does not have.
    WrongContract { path: PathBuf, app: Version, host: Version },
    /// The app imports something by a name that the host has too, and means something else by it.
    OtherImport { path: PathBuf, import: String, cause: String },
    /// A library, not a command.
    NoRunExport { path: PathBuf },
    /// An export has the right name and the wrong type.
    WrongExport { path: PathBuf, export: String, cause: String },
    /// Components that cannot be composed.
    Misfit(Misfit),
    /// A granted directory cannot be opened.
    OpenDir { path: PathBuf, source: io::Error },
    /// The OS gave no thread for a core.
    StartCore { core: usize, source: io::Error },
    /// There are as many runs as the host may have.
    TooManyRuns { max: usize },
    /// The OS refused something else that a run needs to start.
    Resources { what: String, cause: String },
    /// The app's main function trapped.
    Trapped { path: PathBuf, cause: String, details: String },
    /// The app's main function trapped when it was denied memory.
    OutOfMemory { path: PathBuf, wanted: u64, limit: u64 },
    /// The app was stopped by whoever runs it.
    Stopped { path: PathBuf },
    /// Main took longer than it may.
    TimedOut { path: PathBuf, after: Duration },
    /// The host broke one of its own invariants.
    HostBug { what: String, place: String },
    /// What the app printed could not be written.
    Output { source: io::Error },
    /// A component that was composed could not be written.
    WriteComponent { path: PathBuf, source: io::Error },
}

impl Error {
    /// What the process should end with, for this error.
    ///
    /// * 2: a setting that no run can have
    /// * 65: the app is not a component that this host can run
    /// * 66: the app, or a granted directory, cannot be read
    /// * 70: a bug of the host
    /// * 71: the OS refused what a run needs to start, or there are too many runs
    /// * 74: what the app printed, or was composed, could not be written
    /// * 124: the app took longer than it may
    /// * 130: the app was stopped
    /// * 134: the app's main function trapped, or ran out of memory
    /// * 141: the reader of the app's stdout went away
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let error = host.load("no/such/app.wasm").unwrap_err();
    /// assert_eq!(error.exit_code(), 66);
    /// assert!(error.to_string().starts_with("cannot read no/such/app.wasm"));
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match &*self.0 {
            ErrorKind::InvalidConfig { .. } => 2,
            ErrorKind::NotComponent { .. }
            | ErrorKind::CoreModule { .. }
            | ErrorKind::Wasip1Module { .. }
            | ErrorKind::Precompiled { .. }
            | ErrorKind::InvalidComponent { .. }
            | ErrorKind::MissingImports { .. }
            | ErrorKind::WrongContract { .. }
            | ErrorKind::OtherImport { .. }
            | ErrorKind::NoRunExport { .. }
            | ErrorKind::WrongExport { .. }
            | ErrorKind::Misfit(_) => 65,
            ErrorKind::ReadApp { .. }
            | ErrorKind::NotAFile { .. }
            | ErrorKind::EmptyApp { .. }
            | ErrorKind::AppTooLarge { .. }
            | ErrorKind::OpenDir { .. } => 66,
            ErrorKind::HostBug { .. } => 70,
            ErrorKind::StartCore { .. } | ErrorKind::Resources { .. } => 71,
            ErrorKind::TooManyRuns { .. } => 71,
            ErrorKind::Output { .. } | ErrorKind::WriteComponent { .. } if self.is_broken_pipe() => 141,
            ErrorKind::Output { .. } | ErrorKind::WriteComponent { .. } => 74,
            ErrorKind::TimedOut { .. } => 124,
            ErrorKind::Stopped { .. } => 130,
            ErrorKind::Trapped { .. } | ErrorKind::OutOfMemory { .. } => 134,
        }
    }

    /// Whether the reader of the app's stdout went away, as `| head -1` does.
    ///
    /// That ends a run, but is nothing to report: the reader had all it wanted.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let error = host.load("no/such/app.wasm").unwrap_err();
    /// assert!(!error.is_broken_pipe());
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        match &*self.0 {
            ErrorKind::Output { source } | ErrorKind::WriteComponent { source, .. } => {
                source.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }

    /// Whether the app was stopped by whoever runs it.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let error = host.load("no/such/app.wasm").unwrap_err();
    /// assert!(!error.is_stopped());
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(&*self.0, ErrorKind::Stopped { .. })
    }

    /// More lines about it, such as a trap's backtrace; empty for most errors.
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
            ErrorKind::Trapped { details, .. } => details,
            _ => "",
        }
    }

    pub(crate) fn invalid_config(setting: impl Into<String>, why: impl Into<String>) -> Self {
        ErrorKind::InvalidConfig { setting: setting.into(), why: why.into() }.into()
    }

    /// The component has the right header, but the engine refuses it.
    pub(crate) fn invalid_component(path: &Path, cause: &wasmtime::Error) -> Self {
        ErrorKind::InvalidComponent { path: path.into(), cause: chain(cause) }.into()
    }

    /// `imports` are full names with versions: `wasi:http/types@0.2.0`.
    pub(crate) fn missing_imports(path: &Path, imports: Vec<String>) -> Self {
        ErrorKind::MissingImports { path: path.into(), imports }.into()
    }

    pub(crate) fn wrong_contract(path: &Path, app: Version, host: Version) -> Self {
        ErrorKind::WrongContract { path: path.into(), app, host }.into()
    }

    pub(crate) fn other_import(path: &Path, import: &str, cause: &wasmtime::Error) -> Self {
        let cause = cause.root_cause().to_string();
        ErrorKind::OtherImport { path: path.into(), import: import.into(), cause }.into()
    }

    pub(crate) fn no_run_export(path: &Path) -> Self {
        ErrorKind::NoRunExport { path: path.into() }.into()
    }

    pub(crate) fn wrong_export(path: &Path, export: &str, cause: &wasmtime::Error) -> Self {
        let (path, export) = (path.into(), export.into());
        ErrorKind::WrongExport { path, export, cause: chain(cause) }.into()
    }

    pub(crate) fn open_dir(path: &Path, source: io::Error) -> Self {
        ErrorKind::OpenDir { path: path.into(), source }.into()
    }

    pub(crate) fn start_core(core: usize, source: io::Error) -> Self {
        ErrorKind::StartCore { core, source }.into()
    }

    pub(crate) fn too_many_runs(max: usize) -> Self {
        ErrorKind::TooManyRuns { max }.into()
    }

    /// `what` completes "cannot ...": `start the thread that writes stdout`.
    pub(crate) fn resources(what: impl Into<String>, cause: impl fmt::Display) -> Self {
        ErrorKind::Resources { what: what.into(), cause: cause.to_string() }.into()
    }

    /// There are no threads or descriptors to do this.
    pub(crate) fn threads(what: impl Into<String>, cause: impl fmt::Display) -> Self {
        Self::resources(what, format_args!("{cause}; {FEWER_CORES}"))
    }

    /// There is too little address space for a host.
    pub(crate) fn address_space(why: impl fmt::Display) -> Self {
        Self::resources("get the address space that a host needs", format_args!("{why}; {MORE_SPACE}"))
    }

    /// There is no room for an instance of this app, of which `why` says what to do.
    pub(crate) fn no_room(path: &Path, why: &str) -> Self {
        Self::resources(format!("make an instance of {}", path.display()), why)
    }

    /// The cause is the innermost error, the trap itself; the rest, such as wasmtime's backtrace,
    /// becomes the [`details`](Self::details).
    pub(crate) fn trapped(path: &Path, error: &wasmtime::Error) -> Self {
        let cause = error.root_cause().to_string();
        let stack = error.downcast_ref::<WasmBacktrace>();
        let context = |text: String| match stack {
            Some(stack) if text == stack.to_string() => Backtrace(stack).to_string(),
            _ => text.lines().map(|line| Escaped(line).to_string()).collect::<Vec<_>>().join("\n"),
        };
        let details = error.chain().map(ToString::to_string).filter(|text| *text != cause).map(context);
        let details = details.collect::<Vec<_>>().join("\n");
        // "trapped: wasm trap: wasm `unreachable` .." says it once too often.
        let cause = cause.strip_prefix("wasm trap: ").unwrap_or(&cause).to_owned();
        ErrorKind::Trapped { path: path.into(), cause, details }.into()
    }

    /// `wanted` and `limit` are bytes of all instances of the app.
    pub(crate) fn out_of_memory(path: &Path, wanted: u64, limit: u64) -> Self {
        ErrorKind::OutOfMemory { path: path.into(), wanted, limit }.into()
    }

    pub(crate) fn stopped(path: &Path) -> Self {
        ErrorKind::Stopped { path: path.into() }.into()
    }

    pub(crate) fn timed_out(path: &Path, after: Duration) -> Self {
        ErrorKind::TimedOut { path: path.into(), after }.into()
    }

    /// An invariant that does not hold; the caller's file and line go into the text.
    #[track_caller]
    pub(crate) fn host_bug(what: impl Into<String>) -> Self {
        let place = Location::caller();
        let place = format!("{}:{}", place.file(), place.line());
        ErrorKind::HostBug { what: what.into(), place }.into()
    }

    pub(crate) fn output(source: io::Error) -> Self {
        ErrorKind::Output { source }.into()
    }

    pub(crate) fn write_component(path: &Path, source: io::Error) -> Self {
        ErrorKind::WriteComponent { path: path.into(), source }.into()
    }
}

impl From<Misfit> for Error {
    fn from(misfit: Misfit) -> Self {
        ErrorKind::Misfit(misfit).into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(one_line(&self.0.to_string())))
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            ErrorKind::ReadApp { source, .. }
            | ErrorKind::OpenDir { source, .. }
            | ErrorKind::StartCore { source, .. }
            | ErrorKind::Output { source }
            | ErrorKind::WriteComponent { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidConfig { setting, why } => write!(f, "invalid {setting}: {why}"),
            Self::OpenDir { path, source } => {
                write!(f, "cannot open --dir {}: {source}", path.display())
            }
            Self::StartCore { core, source } => {
                write!(f, "cannot start core {core}: {source}; {FEWER_CORES}")
            }
            Self::TooManyRuns { max } => {
                write!(f, "the host has {max} runs already; wait for one, or give its Config more runs")
            }
            Self::Resources { what, cause } => write!(f, "cannot {what}: {cause}"),
            Self::Trapped { path, cause, .. } => write!(f, "{} trapped: {cause}", path.display()),
            Self::OutOfMemory { path, wanted, limit } => write!(
                f,
                "{} ran out of memory: it wanted {wanted} bytes, the limit is {limit}; try a larger --memory",
                path.display()
            ),
            Self::Stopped { path } => write!(f, "{} was stopped", path.display()),
            Self::TimedOut { path, after } => {
                write!(f, "{} took longer than --timeout {after:?}", path.display())
            }
            Self::HostBug { what, place } => {
                write!(f, "bug in the host at {place}: {what}; please report it")
            }
            Self::Output { source } => {
                write!(f, "cannot write what the app printed: {source}")
            }
            Self::WriteComponent { path, source } => write!(f, "cannot write {}: {source}", path.display()),
            Self::Misfit(misfit) => misfit.fmt(f),
            Self::ReadApp { .. }
            | Self::NotAFile { .. }
            | Self::EmptyApp { .. }
            | Self::AppTooLarge { .. }
            | Self::NotComponent { .. }
            | Self::CoreModule { .. }
            | Self::Wasip1Module { .. }
            | Self::Precompiled { .. } => self.describe_file(f),
            _ => self.describe_app(f),
        }
    }
}

impl ErrorKind {
    /// The text of the situations in which the file is not a component.
    fn describe_file(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BUILD: &str = "build it with --target wasm32-wasip2";
        match self {
            Self::ReadApp { path, source } => {
                write!(f, "cannot read {}: {source}", path.display())
            }
            Self::NotAFile { path, found } => {
                write!(f, "cannot read {}: it is {found}; name a .wasm file", path.display())
            }
            Self::EmptyApp { path } => {
                write!(f, "cannot read {}: the file is empty; build it again", path.display())
            }
            Self::AppTooLarge { path, limit } => {
                let limit = limit >> 20;
                write!(f, "cannot read {}: larger than the limit of {limit} MiB", path.display())
            }
            Self::NotComponent { path, found } => {
                write!(f, "{} is not a WebAssembly component: it is {found}", path.display())
            }
            Self::CoreModule { path } => {
                let path = path.display();
                write!(f, "{path} is not a WebAssembly component: it is a core module; {BUILD}")
            }
            Self::Wasip1Module { path } => {
                let path = path.display();
                write!(f, "{path} is not a WebAssembly component: it is a wasip1 module; {BUILD}")
            }
            Self::Precompiled { path } => write!(
                f,
                "{} is not a WebAssembly component: it is compiled code (.cwasm), which cannot be \
                 checked and is never run; name the .wasm file it was made from",
                path.display()
            ),
            _ => unreachable!("the other situations are described elsewhere"),
        }
    }

    /// The text of the situations in which it is one, and not an app that this host can run.
    fn describe_app(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidComponent { path, cause } => {
                write!(f, "{} is not a valid WebAssembly component: {cause}", path.display())
            }
            Self::MissingImports { path, imports } => write!(
                f,
                "{} imports {}, which this host does not have; add a component that exports it \
                 with --plug",
                path.display(),
                imports.join(", ")
            ),
            Self::WrongContract { path, app, host } => {
                let path = path.display();
                write!(f, "{path} is built for parallel:futures@{app}, and this host has {host}; ")?;
                if app > host {
                    write!(f, "take a newer host, or build the app for {host}")
                } else {
                    write!(f, "build the app for {host}")
                }
            }
            Self::OtherImport { path, import, cause } => write!(
                f,
                "{} imports {import}, which this host has with another type: {cause}; build the app with \
                 the WIT of this host",
                path.display()
            ),
            Self::NoRunExport { path } => write!(
                f,
                "{} does not export wasi:cli/run@0.2; build a program with a main function, not a \
                 library",
                path.display()
            ),
            Self::WrongExport { path, export, cause } => {
                write!(f, "{} exports {export} with another type: {cause}", path.display())
            }
            _ => unreachable!("the other situations are described elsewhere"),
        }
    }
}

/// An error and its causes on one line, outermost first.
fn chain(error: &wasmtime::Error) -> String {
    one_line(&format!("{error:#}"))
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
