//! An error that can be the result of a job: the texts of any error and of its sources.
//!
//! Errors of std and of most crates implement no trait of serde, and their types may point into the instance.
//! Programs print and log the text of an error, so the text is sent.

use std::error::Error as StdError;
use std::{fmt, io, iter};

use serde::{Deserialize, Serialize};

/// An error as text, made from any error by `?`, which a job can return.
///
/// It keeps the text of the error, those of its [sources](std::error::Error::source), and the
/// [kind](Self::io_kind) of an I/O error among them; the error itself is dropped. `{}` displays the text, `{:#}` also the
/// sources, separated by `: `. `{:?}` displays the sources on lines of their own, as `main` does with the error
/// that it returns.
///
/// A program that has to tell errors apart declares an enum of its own, with serde's two traits.
///
/// Like the error of `anyhow`, it does not implement [`std::error::Error`], so that every type that does can be
/// converted into it.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
/// use guest_runtime::{Context, Error};
/// use std::io::ErrorKind;
/// use std::path::PathBuf;
///
/// #[guest_runtime::parallel]
/// async fn first_number(path: PathBuf) -> Result<u64, Error> {
///     let text = std::fs::read_to_string(&path).context(format_args!("cannot read {}", path.display()))?;
///     let first = text.lines().next().ok_or_else(|| Error::msg("the file is empty"))?;
///     Ok(first.parse()?)
/// }
///
/// guest_runtime::block_on(async {
///     let error = first_number("no/such/file".into()).par().await.unwrap_err();
///     assert_eq!(error.to_string(), "cannot read no/such/file");
///     assert_eq!(error.io_kind(), Some(ErrorKind::NotFound));
/// });
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Error(Box<Inner>);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Inner {
    text: String,
    /// The texts of the sources, outermost first.
    sources: Vec<String>,
    #[serde(with = "kind")]
    io_kind: Option<io::ErrorKind>,
}

impl Error {
    /// Creates an error with this text and no sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Error;
    ///
    /// let error = Error::msg(format_args!("no row has the number {}", 7));
    /// assert_eq!(error.to_string(), "no row has the number 7");
    /// assert_eq!(error.chain().count(), 1);
    /// ```
    pub fn msg(text: impl fmt::Display) -> Self {
        Self(Box::new(Inner { text: text.to_string(), sources: Vec::new(), io_kind: None }))
    }

    /// Wraps the error: `text` becomes its text, and the text that it had becomes the first source.
    ///
    /// [`Context`] does the same to the error of a `Result`.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Error;
    ///
    /// let error = Error::msg("no column `id`").context("cannot import the table");
    /// assert_eq!(format!("{error:#}"), "cannot import the table: no column `id`");
    /// ```
    #[must_use = "the error is returned with its context"]
    pub fn context(mut self, text: impl fmt::Display) -> Self {
        let source = std::mem::replace(&mut self.0.text, text.to_string());
        self.0.sources.insert(0, source);
        self
    }

    /// Returns the kind of the outermost I/O error in the chain, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Error;
    /// use std::io::{self, ErrorKind};
    ///
    /// let error = Error::from(io::Error::from(ErrorKind::NotFound)).context("cannot load the index");
    /// assert_eq!(error.io_kind(), Some(ErrorKind::NotFound));
    /// assert_eq!(Error::msg("no index").io_kind(), None);
    /// ```
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        self.0.io_kind
    }

    /// Returns the text of the error, followed by those of its sources.
    ///
    /// # Examples
    ///
    /// ```
    /// use guest_runtime::Error;
    ///
    /// let error = Error::msg("no column `id`").context("cannot import the table");
    /// assert!(error.chain().eq(["cannot import the table", "no column `id`"]));
    /// ```
    pub fn chain(&self) -> impl Iterator<Item = &str> {
        iter::once(&self.0.text).chain(&self.0.sources).map(String::as_str)
    }
}

/// Takes the texts of the error and of its sources.
impl<E: StdError + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let chain = || iter::successors(Some(&error as &Any), source);
        let io_kind = chain().find_map(|error| error.downcast_ref().map(io::Error::kind));
        let sources = chain().skip(1).map(ToString::to_string).collect();
        Self(Box::new(Inner { text: error.to_string(), sources, io_kind }))
    }
}

type Any = dyn StdError + 'static;

fn source<'a>(error: &&'a Any) -> Option<&'a Any> {
    (**error).source()
}

/// For functions that return `Box<dyn Error>`: an error with the text of the whole chain.
impl From<Error> for Box<dyn StdError> {
    fn from(error: Error) -> Self {
        format!("{error:#}").into()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        let shown = if f.alternate() { &*self.0.sources } else { &[] };
        shown.iter().try_for_each(|source| write!(f, ": {source}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)?;
        self.0.sources.iter().try_for_each(|source| write!(f, "\n  caused by: {source}"))
    }
}

/// Adds context to the error of a `Result`.
///
/// It is not part of the [`prelude`](crate::prelude), because other crates have traits with this method.
///
/// # Examples
///
/// ```
/// use guest_runtime::{Context, Error};
///
/// fn port(text: &str) -> Result<u16, Error> {
///     text.parse().context(format_args!("`{text}` is no port"))
/// }
///
/// assert_eq!(port("80"), Ok(80));
/// assert_eq!(format!("{:#}", port("http").unwrap_err()), "`http` is no port: invalid digit found in string");
/// ```
pub trait Context<T> {
    /// Converts the error into an [`Error`], and wraps it in this text.
    ///
    /// The text is formatted only if there is an error: pass `format_args!` to build one.
    ///
    /// # Errors
    ///
    /// Fails if the result is an error.
    fn context(self, text: impl fmt::Display) -> Result<T, Error>;
}

impl<T, E> Context<T> for Result<T, E>
where
    Error: From<E>,
{
    fn context(self, text: impl fmt::Display) -> Result<T, Error> {
        self.map_err(|error| Error::from(error).context(text))
    }
}

/// The kind of an I/O error in a message: its place in a list, because it has no number and no trait of serde.
mod kind {
    use std::io::ErrorKind;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    /// The stable kinds. One that is missing arrives as `Other`.
    pub(super) const KINDS: &[ErrorKind] = &[
        ErrorKind::Other,
        ErrorKind::NotFound,
        ErrorKind::PermissionDenied,
        ErrorKind::ConnectionRefused,
        ErrorKind::ConnectionReset,
        ErrorKind::HostUnreachable,
        ErrorKind::NetworkUnreachable,
        ErrorKind::ConnectionAborted,
        ErrorKind::NotConnected,
        ErrorKind::AddrInUse,
        ErrorKind::AddrNotAvailable,
        ErrorKind::NetworkDown,
        ErrorKind::BrokenPipe,
        ErrorKind::AlreadyExists,
        ErrorKind::WouldBlock,
        ErrorKind::NotADirectory,
        ErrorKind::IsADirectory,
        ErrorKind::DirectoryNotEmpty,
        ErrorKind::ReadOnlyFilesystem,
        ErrorKind::StaleNetworkFileHandle,
        ErrorKind::InvalidInput,
        ErrorKind::InvalidData,
        ErrorKind::TimedOut,
        ErrorKind::WriteZero,
        ErrorKind::StorageFull,
        ErrorKind::NotSeekable,
        ErrorKind::QuotaExceeded,
        ErrorKind::FileTooLarge,
        ErrorKind::ResourceBusy,
        ErrorKind::ExecutableFileBusy,
        ErrorKind::Deadlock,
        ErrorKind::CrossesDevices,
        ErrorKind::TooManyLinks,
        ErrorKind::InvalidFilename,
        ErrorKind::ArgumentListTooLong,
        ErrorKind::Interrupted,
        ErrorKind::Unsupported,
        ErrorKind::UnexpectedEof,
        ErrorKind::OutOfMemory,
    ];

    #[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(super) fn serialize<S: Serializer>(kind: &Option<ErrorKind>, to: S) -> Result<S::Ok, S::Error> {
        let place = |kind| KINDS.iter().position(|known| *known == kind).unwrap_or(0);
        kind.map(place).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ErrorKind>, D::Error> {
        let place = Option::<usize>::deserialize(from)?;
        Ok(place.map(|place| KINDS.get(place).copied().unwrap_or(ErrorKind::Other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[derive(Debug)]
    struct Outer(io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot load the index")
        }
    }

    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }

    fn load() -> Result<(), Error> {
        let refused = io::Error::new(io::ErrorKind::PermissionDenied, "not yours");
        Err(Outer(refused)).context("cannot start")
    }

    #[test]
    fn an_error_has_the_texts_of_its_chain() {
        let error = load().unwrap_err();
        assert_eq!(error.to_string(), "cannot start");
        assert_eq!(format!("{error:#}"), "cannot start: cannot load the index: not yours");
        let lines = "cannot start\n  caused by: cannot load the index\n  caused by: not yours";
        assert_eq!(format!("{error:?}"), lines);
        assert_eq!(error.io_kind(), Some(io::ErrorKind::PermissionDenied));
        assert_eq!(Box::<dyn StdError>::from(error.clone()).to_string(), format!("{error:#}"));
    }

    #[test]
    fn it_arrives_as_it_was_sent() {
        crate::block_on(async {
            let sent = load().unwrap_err();
            let echo = async |error: Error| Err::<(), _>(error);
            assert_eq!(echo.par_with(sent.clone()).await, Err(sent));
            for kind in kind::KINDS {
                let sent = Error::from(io::Error::from(*kind));
                let arrived = (async |error: Error| error).par_with(sent).await;
                assert_eq!(arrived.io_kind(), Some(*kind));
            }
        });
    }
}
