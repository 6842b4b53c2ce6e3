//! The kinds of errors, for programs that treat them differently.

/// The kind of an [`Error`](crate::Error).
///
/// # Examples
///
/// ```
/// use host::{Config, ErrorKind, Host};
///
/// let host = Host::new(&Config::default())?;
/// let error = host.load("no/such/app.wasm").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Unreadable);
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting has a value that is not valid for a host, or for a run on this host.
    InvalidConfig,
    /// The file of an app or a plug, or a granted directory, cannot be opened or read.
    Unreadable,
    /// A file is not a component, or not one that this host can run.
    InvalidComponent,
    /// A component has no function with this name, or with these types.
    InvalidCall,
    /// Components do not fit together.
    InvalidComposition,
    /// The system refused memory, threads, descriptors or address space that a host or a run needs.
    Refused,
    /// The server of a cluster cannot be reached, or it refuses this host.
    Unreachable,
    /// The host already has the maximum number of runs.
    TooManyRuns,
    /// The app exceeded its [timeout](crate::Limits::timeout).
    TimedOut,
    /// The app was stopped by a [`StopHandle`](crate::StopHandle).
    Stopped,
    /// The app's main function trapped.
    Trapped,
    /// The app's main function called the host in a way that ends it, such as with an empty list of pollables.
    BadCall,
    /// The app's main function trapped after it was denied [memory](crate::Limits::memory).
    OutOfMemory,
    /// The reader of the app's stdout closed it, as `| head -1` does. Programs usually report nothing in this
    /// case, because the reader did not want more output.
    BrokenPipe,
    /// The app's output, or a composed component, cannot be written.
    Unwritable,
    /// The host broke one of its own invariants.
    Bug,
}
