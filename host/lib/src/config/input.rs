//! What an app reads.

use std::fmt;

use bytes::Bytes;

/// What an app reads as its stdin, in place of that of this process.
///
/// Instances of one run that read it each get a part of it. A run reads it from its beginning, also if an earlier one
/// had the same configuration.
///
/// # Examples
///
/// ```
/// let config = host::RunConfig::default().with_input(host::Input::bytes("a line\n"));
/// assert_eq!(format!("{:?}", config.input), "Some(7 bytes)");
/// ```
#[derive(Clone)]
pub struct Input(Bytes);

impl Input {
    /// Creates input of these bytes, and its end after them.
    ///
    /// # Examples
    ///
    /// ```
    /// let input = host::Input::bytes(std::fs::read("Cargo.toml")?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into().into())
    }

    /// Returns the bytes.
    pub(crate) fn to_bytes(&self) -> Bytes {
        self.0.clone()
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}
