//! Every situation that leads to an error: its kind, its text, and the settings that it refers to.

use std::fmt;
use std::io;
use std::path::{self, Path, PathBuf};
use std::time::Duration;

use semver::Version;

use super::compose::ComposeError;
use super::kind::ErrorKind;
use super::setting::Setting;

/// What to do if there are too few threads or descriptors.
pub(super) const FEWER_CORES: &str = "take fewer cores, or raise ulimit -n, -u or -v";

/// The most imports that an error names.
const NAMED: usize = 20;

/// How to build an app for this host.
const BUILD: &str = "build it with --target wasm32-wasip2";

/// One variant per situation, with the data that its text needs.
#[derive(Debug)]
pub(crate) enum Situation {
    /// A setting that is not valid for a host or a run. `what` is the part of it that is wrong.
    InvalidConfig { settings: &'static [Setting], what: String, why: String },
    /// The app's file cannot be opened or read.
    ReadApp { path: PathBuf, source: io::Error },
    /// The app's path names something that isn't a regular file.
    NotAFile { path: PathBuf, found: &'static str },
    /// The app's file has no bytes.
    EmptyApp { path: PathBuf },
    /// The app's file is WebAssembly text with an error.
    InvalidText { path: PathBuf, why: String },
    /// The app's file is larger than the limit for files of apps.
    AppTooLarge { path: PathBuf, limit: u64 },
    /// The app's file is WebAssembly text that is larger than the limit for text.
    TextTooLarge { path: PathBuf, limit: u64 },
    /// The app's file is of another type.
    NotComponent { path: PathBuf, found: &'static str },
    /// The file is WebAssembly, but a core module.
    CoreModule { path: PathBuf },
    /// The file is a core module for WASI 0.1.
    Wasip1Module { path: PathBuf },
    /// The file is compiled code that a version of wasmtime wrote.
    Precompiled { path: PathBuf },
    /// The file has the header of a component, but the engine refuses it.
    InvalidComponent { path: PathBuf, cause: String },
    /// The app has a memory for several threads.
    SharedMemory { path: PathBuf },
    /// It instantiates modules and components more often than an instance may.
    TooManyInstances { path: PathBuf, max: u64 },
    /// Compiling it takes more memory than a compiler may have.
    TooLargeToCompile { path: PathBuf, limit: u64 },
    /// The app imports something that this host does not have.
    MissingImports { path: PathBuf, imports: Vec<String> },
    /// The app was built against a contract that this host does not have.
    WrongContract { path: PathBuf, app: Version, host: Version },
    /// The app imports something under a name that the host also has, but with another type.
    OtherImport { path: PathBuf, import: String, cause: String },
    /// The component is not a command. `what` says what it is, and what runs it.
    NotACommand { path: PathBuf, what: String },
    /// It does not handle HTTP requests. `what` completes "app.wasm is ".
    NotAHandler { path: PathBuf, what: String },
    /// The component has no function of this name. `functions` are those that it has.
    UnknownFunction { path: PathBuf, name: String, functions: Vec<String> },
    /// The component has several functions of this name.
    AmbiguousFunction { path: PathBuf, name: String, functions: Vec<String> },
    /// A function is to be called with types, or as text, that it does not have.
    OtherFunction { function: String, cause: String },
    /// The component is built for a release candidate of WASI.
    ReleaseCandidate { path: PathBuf, name: String },
    /// An export has the right name but the wrong type.
    WrongExport { path: PathBuf, export: String, cause: String },
    /// Components that cannot be composed.
    Compose(ComposeError),
    /// A granted directory cannot be opened.
    OpenDir { path: PathBuf, source: io::Error },
    /// A server cannot listen at an address.
    Listen { address: String, source: io::Error },
    /// The certificate of a server, or its key, cannot be used. The cause names the file.
    Certificate { source: io::Error },
    /// This host cannot take part in a cluster.
    #[cfg(feature = "cluster")]
    Cluster { cause: ::cluster::nats::NatsError },
    /// The OS refused the thread for a core.
    StartCore { core: usize, source: io::Error },
    /// The host already has the maximum number of runs.
    TooManyRuns { max: usize },
    /// The OS refused something else that a run needs to start.
    Resources { what: String, cause: String, settings: &'static [Setting] },
    /// The app's main function trapped.
    Trapped {
        path: PathBuf,
        cause: String,
        frames: String,
        details: String,
        settings: &'static [Setting],
        is_of_host: bool,
    },
    /// The app's main function trapped after it was denied memory.
    OutOfMemory { path: PathBuf, wanted: u64, limit: u64 },
    /// The app was stopped through a handle.
    Stopped { path: PathBuf },
    /// Main exceeded its timeout.
    TimedOut { path: PathBuf, after: Duration },
    /// The host broke one of its own invariants.
    HostBug { what: String, place: String },
    /// The app's output could not be written.
    Output { source: io::Error },
    /// A composed component could not be written.
    WriteComponent { path: PathBuf, source: io::Error },
}

impl Situation {
    /// Returns the kind of this error.
    pub(super) fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidConfig { .. } => ErrorKind::InvalidConfig,
            Self::ReadApp { .. }
            | Self::NotAFile { .. }
            | Self::EmptyApp { .. }
            | Self::AppTooLarge { .. }
            | Self::TextTooLarge { .. }
            | Self::OpenDir { .. }
            | Self::Certificate { .. } => ErrorKind::Unreadable,
            Self::Listen { .. } => ErrorKind::Refused,
            #[cfg(feature = "cluster")]
            Self::Cluster { cause } if cause.is_unreadable() => ErrorKind::Unreadable,
            #[cfg(feature = "cluster")]
            Self::Cluster { .. } => ErrorKind::Unreachable,
            Self::InvalidText { .. }
            | Self::NotComponent { .. }
            | Self::CoreModule { .. }
            | Self::Wasip1Module { .. }
            | Self::Precompiled { .. }
            | Self::InvalidComponent { .. }
            | Self::SharedMemory { .. }
            | Self::TooManyInstances { .. }
            | Self::TooLargeToCompile { .. }
            | Self::MissingImports { .. }
            | Self::WrongContract { .. }
            | Self::OtherImport { .. }
            | Self::NotACommand { .. }
            | Self::NotAHandler { .. }
            | Self::ReleaseCandidate { .. }
            | Self::WrongExport { .. } => ErrorKind::InvalidComponent,
            Self::UnknownFunction { .. } | Self::AmbiguousFunction { .. } | Self::OtherFunction { .. } => {
                ErrorKind::InvalidCall
            }
            Self::Compose(_) => ErrorKind::InvalidComposition,
            Self::StartCore { .. } | Self::Resources { .. } => ErrorKind::Refused,
            Self::TooManyRuns { .. } => ErrorKind::TooManyRuns,
            Self::Trapped { is_of_host: true, .. } => ErrorKind::BadCall,
            Self::Trapped { .. } => ErrorKind::Trapped,
            Self::OutOfMemory { .. } => ErrorKind::OutOfMemory,
            Self::Stopped { .. } => ErrorKind::Stopped,
            Self::TimedOut { .. } => ErrorKind::TimedOut,
            Self::HostBug { .. } => ErrorKind::Bug,
            Self::Output { source } | Self::WriteComponent { source, .. } => match source.kind() {
                io::ErrorKind::BrokenPipe => ErrorKind::BrokenPipe,
                _ => ErrorKind::Unwritable,
            },
        }
    }

    /// Returns the settings that are wrong, too small, or would help.
    pub(super) fn settings(&self) -> &'static [Setting] {
        match self {
            Self::MissingImports { .. } => &[Setting::Plugs],
            Self::Compose(error) => error.settings(),
            Self::OpenDir { .. } => &[Setting::Dirs],
            Self::StartCore { .. } => &[Setting::Cores],
            Self::TooManyRuns { .. } => &[Setting::Runs],
            Self::InvalidConfig { settings, .. }
            | Self::Resources { settings, .. }
            | Self::Trapped { settings, .. } => settings,
            Self::TooLargeToCompile { .. } => &[Setting::CompilerMemory],
            Self::OutOfMemory { .. } => &[Setting::Memory],
            Self::TimedOut { .. } => &[Setting::Timeout],
            _ => &[],
        }
    }

    /// Returns the system's error that caused this one.
    pub(super) fn source(&self) -> Option<&io::Error> {
        match self {
            Self::ReadApp { source, .. }
            | Self::OpenDir { source, .. }
            | Self::Listen { source, .. }
            | Self::Certificate { source }
            | Self::StartCore { source, .. }
            | Self::Output { source }
            | Self::WriteComponent { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for Situation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidConfig { what, why, .. } => write!(f, "invalid {what}: {why}"),
            Self::ReadApp { path, source } => write!(f, "cannot read {}: {source}", shown(path)),
            Self::NotAFile { path, found } => {
                write!(f, "cannot read {}: it is {found}; name a .wasm file", shown(path))
            }
            Self::InvalidText { path, why } => {
                write!(f, "{} is not a WebAssembly component: it is text with an error: {why}", shown(path))
            }
            Self::EmptyApp { path } => {
                write!(f, "cannot read {}: it is empty; build it again", shown(path))
            }
            Self::TextTooLarge { path, limit } => {
                let limit = limit >> 20;
                let path = shown(path);
                write!(
                    f,
                    "cannot read {path}: text larger than the limit of {limit} MiB; translate it to binary"
                )
            }
            Self::AppTooLarge { path, limit } => {
                let limit = limit >> 20;
                write!(f, "cannot read {}: larger than the limit of {limit} MiB", shown(path))
            }
            Self::NotComponent { path, found } => {
                write!(f, "{} is not a WebAssembly component: it is {found}", shown(path))
            }
            Self::CoreModule { path } => {
                let path = shown(path);
                write!(f, "{path} is not a WebAssembly component: it is a core module; {BUILD}")
            }
            Self::Wasip1Module { path } => {
                let path = shown(path);
                write!(f, "{path} is not a WebAssembly component: it is a wasip1 module; {BUILD}")
            }
            Self::Precompiled { path } => write!(
                f,
                "{} is not a WebAssembly component: it is compiled code (.cwasm), which cannot be \
                 checked and is never run; name the .wasm file it was made from",
                shown(path)
            ),
            Self::InvalidComponent { path, cause } => {
                write!(f, "{} is not a valid WebAssembly component: {cause}", shown(path))
            }
            Self::SharedMemory { path } => write!(
                f,
                "{} has a shared memory, and an instance has one thread; build it without threads",
                shown(path)
            ),
            Self::TooManyInstances { path, max } => write!(
                f,
                "{} consists of more than {max} instances of modules and components; merge some of them",
                shown(path)
            ),
            Self::TooLargeToCompile { path, limit } => write!(
                f,
                "cannot compile {} with {limit} bytes of memory; raise the limit if you trust the app",
                shown(path)
            ),
            Self::MissingImports { path, imports } => {
                let (path, imports) = (shown(path), some(imports));
                write!(
                    f,
                    "{path} imports {imports}, which this host does not have; plug a component that exports it"
                )
            }
            Self::WrongContract { path, app, host } => {
                let newer = if app > host { "take a newer host, or " } else { "" };
                let path = shown(path);
                write!(f, "{path} is built for parallel:futures@{app}, and this host has {host}; ")?;
                write!(f, "{newer}build the app for {host}")
            }
            Self::OtherImport { path, import, cause } => write!(
                f,
                "{} imports {import}, which this host has with another type: {cause}; build the app with \
                 the WIT of this host",
                shown(path)
            ),
            Self::NotACommand { path, what } | Self::NotAHandler { path, what } => {
                write!(f, "{} is {what}", shown(path))
            }
            Self::UnknownFunction { path, functions, .. } if functions.is_empty() => {
                write!(f, "{} exports no function", shown(path))
            }
            Self::UnknownFunction { path, name, functions } => {
                write!(f, "{} exports no function {name}; it has {}", shown(path), some(functions))
            }
            Self::AmbiguousFunction { path, name, functions } => {
                write!(f, "{} exports several functions {name}; name one of {}", shown(path), some(functions))
            }
            Self::OtherFunction { function, cause } => write!(f, "cannot call {function}: {cause}"),
            Self::ReleaseCandidate { path, name } => write!(
                f,
                "{} is built for {name}, a release candidate of WASI; build it with newer tools",
                shown(path)
            ),
            Self::WrongExport { path, export, cause } => {
                write!(f, "{} exports {export} with another type: {cause}", shown(path))
            }
            Self::Compose(error) => error.fmt(f),
            Self::OpenDir { path, source } => {
                write!(f, "cannot open directory {}: {source}", path.display())
            }
            Self::Listen { address, source } => {
                write!(f, "cannot listen at {address}: {source}; choose another address")
            }
            Self::Certificate { source } => write!(f, "cannot use the certificate: {source}"),
            #[cfg(feature = "cluster")]
            Self::Cluster { cause } => cause.fmt(f),
            Self::StartCore { core, source } => {
                write!(f, "cannot start core {core}: {source}; {FEWER_CORES}")
            }
            Self::TooManyRuns { max } => {
                write!(f, "the host has {max} runs already; wait for one, or give its Config more runs")
            }
            Self::Resources { what, cause, .. } => write!(f, "cannot {what}: {cause}"),
            Self::Trapped { path, cause, .. } => write!(f, "{} trapped: {cause}", shown(path)),
            Self::OutOfMemory { path, wanted, limit } => {
                write!(f, "{} ran out of memory: it wanted {wanted} bytes, the limit is {limit}", shown(path))
            }
            Self::Stopped { path } => write!(f, "{} was stopped", shown(path)),
            Self::TimedOut { path, after } => write!(f, "{} took longer than {after:?}", shown(path)),
            Self::HostBug { what, place } => {
                write!(f, "bug in the host at {place}: {what}; please report it")
            }
            Self::Output { source } => write!(f, "cannot write what the app printed: {source}"),
            Self::WriteComponent { path, source } => write!(f, "cannot write {}: {source}", path.display()),
        }
    }
}

/// Returns the name of an app. The path `-` is stdin.
fn shown(path: &Path) -> path::Display<'_> {
    let name = if path == Path::new("-") { Path::new("stdin") } else { path };
    name.display()
}

/// Returns the first of these names, and how many there are beside them.
fn some(names: &[String]) -> String {
    let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
