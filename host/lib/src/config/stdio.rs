//! Where an app's output goes.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

/// Where an app's stdout or stderr goes.
///
/// A clone is the same place.
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
    Null,
    To(Arc<OwnedFd>),
}

impl Stdio {
    /// To where this process's goes.
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

    /// To nowhere.
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

    /// To a file, the writing end of a pipe, a socket: to any file descriptor.
    ///
    /// It is closed when the run has ended and the last clone of this is dropped.
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

    /// A file descriptor to write to; `inherited` is what this process writes to itself.
    pub(crate) fn open(&self, inherited: impl AsFd) -> io::Result<OwnedFd> {
        match &self.0 {
            Place::Inherited => inherited.as_fd().try_clone_to_owned(),
            Place::Null => Ok(File::options().write(true).open("/dev/null")?.into()),
            Place::To(fd) => fd.try_clone(),
        }
    }
}

impl fmt::Debug for Stdio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Place::Inherited => "inherit",
            Place::Null => "null",
            Place::To(_) => "to a file",
        })
    }
}
