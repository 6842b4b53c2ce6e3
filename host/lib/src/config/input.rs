//! What an app reads.

use std::fmt;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// What an app reads as its stdin, in place of that of this process.
///
/// Instances of one run that read it each get a part of it.
///
/// # Examples
///
/// ```
/// let config = host::RunConfig::default().with_input(host::Input::bytes("a line\n"));
/// assert_eq!(format!("{:?}", config.input), "Some(7 bytes)");
/// ```
#[derive(Clone)]
pub struct Input(Source);

/// Where input comes from.
#[derive(Clone)]
enum Source {
    Bytes(Bytes),
    /// `None` when a run has it.
    Reader(Arc<Mutex<Option<Box<dyn Read + Send>>>>),
}

/// The input of one run.
pub(crate) enum Taken {
    Bytes(Bytes),
    Reader(Box<dyn Read + Send>),
}

impl Input {
    /// Creates input of these bytes, and its end after them. Each run reads all of it.
    ///
    /// # Examples
    ///
    /// ```
    /// let input = host::Input::bytes(std::fs::read("Cargo.toml")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Source::Bytes(bytes.into().into()))
    }

    /// Creates input from a reader, for one run; the input of a further one is empty.
    ///
    /// The reader may block. It is read on a thread of its own, at most 64 KiB ahead of the app, and dropped when the
    /// run has ended and it returns from its last read.
    ///
    /// # Examples
    ///
    /// ```
    /// let (reader, writer) = std::io::pipe()?;
    /// let config = host::RunConfig::default().with_input(host::Input::reader(reader));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reader(reader: impl Read + Send + 'static) -> Self {
        Self(Source::Reader(Arc::new(Mutex::new(Some(Box::new(reader))))))
    }

    /// Returns the bytes, or takes the reader, if no other run has it.
    pub(crate) fn take(&self) -> Taken {
        match &self.0 {
            Source::Bytes(bytes) => Taken::Bytes(bytes.clone()),
            Source::Reader(reader) => match reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(reader) => Taken::Reader(reader),
                None => Taken::Bytes(Bytes::new()),
            },
        }
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Source::Reader(_) => f.write_str("a reader"),
        }
    }
}
