//! The destination of an app's output.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// The destination of an app's stdout or stderr.
///
/// A clone is the same destination.
///
/// # Examples
///
/// ```no_run
/// let mut config = host::RunConfig::default();
/// config.stdout = host::Stdio::to(std::fs::File::create("app.log")?);
/// config.stderr = host::Stdio::null();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Stdio(Place);

#[derive(Clone)]
enum Place {
    Inherited,
    Stderr,
    Null,
    To(Arc<OwnedFd>),
}

impl Stdio {
    /// Creates a destination that is this process's own stdout or stderr.
    ///
    /// # Examples
    ///
    /// ```
    /// let config = host::RunConfig::default();
    /// assert_eq!(format!("{:?}", config.stdout), format!("{:?}", host::Stdio::inherit()));
    /// ```
    #[must_use]
    pub fn inherit() -> Self {
        Self(Place::Inherited)
    }

    /// Creates a destination that is this process's own stderr, for stdout too.
    ///
    /// # Examples
    ///
    /// ```
    /// let config = host::RunConfig::default().with_stdout(host::Stdio::stderr());
    /// assert!(!config.stdout.is_inherited());
    /// ```
    #[must_use]
    pub fn stderr() -> Self {
        Self(Place::Stderr)
    }

    /// Returns whether this is the process's own stream, as by default.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(host::RunConfig::default().stdout.is_inherited());
    /// ```
    #[must_use]
    pub fn is_inherited(&self) -> bool {
        matches!(self.0, Place::Inherited)
    }

    /// Creates a destination that discards all output.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(format!("{:?}", host::Stdio::null()), "null");
    /// ```
    #[must_use]
    pub fn null() -> Self {
        Self(Place::Null)
    }

    /// Creates a destination from any file descriptor: a file, the writing end of a pipe, or a socket.
    ///
    /// The descriptor is closed when the run has ended and the last clone of this value is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let (reader, writer) = std::io::pipe()?;
    /// let mut config = host::RunConfig::default();
    /// config.stdout = host::Stdio::to(writer);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[must_use]
    pub fn to(file: impl Into<OwnedFd>) -> Self {
        Self(Place::To(Arc::new(file.into())))
    }

    /// Returns a file descriptor to write to; `inherited` is the stream that this process itself writes to.
    pub(crate) fn open(&self, inherited: impl AsFd) -> io::Result<OwnedFd> {
        match &self.0 {
            Place::Inherited => inherited.as_fd().try_clone_to_owned(),
            Place::Stderr => io::stderr().as_fd().try_clone_to_owned(),
            Place::Null => Ok(File::options().write(true).open("/dev/null")?.into()),
            Place::To(fd) => fd.try_clone(),
        }
    }
}

impl fmt::Debug for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Place::Inherited => "inherit",
            Place::Stderr => "to stderr",
            Place::Null => "null",
            Place::To(_) => "to a file",
        })
    }
}
