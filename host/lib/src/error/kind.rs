//! The kinds of errors, for programs that treat them differently.

/// What kind of error an [`Error`](crate::Error) is.
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
    /// A setting has a value that no host, or no run on this host, can have.
    InvalidConfig,
    /// A file of an app or a plug, or a granted directory, cannot be opened or read.
    Unreadable,
    /// A file is not a component, or not one that this host can run.
    InvalidComponent,
    /// Components do not fit together.
    InvalidComposition,
    /// The system refuses memory, threads, descriptors or address space that a host or a run needs.
    Refused,
    /// The host has as many runs as it may have.
    TooManyRuns,
    /// The app took longer than its [timeout](crate::Limits::timeout).
    TimedOut,
    /// The app was stopped, by a [`StopHandle`](crate::StopHandle).
    Stopped,
    /// The app's main function trapped.
    Trapped,
    /// The app's main function trapped after it was denied [memory](crate::Limits::memory).
    OutOfMemory,
    /// The reader of the app's stdout went away, as `| head -1` does. There is nothing to report: the reader had
    /// all it wanted.
    BrokenPipe,
    /// What the app printed, or a component that was composed, cannot be written.
    Unwritable,
    /// The host broke one of its own invariants.
    Bug,
}
