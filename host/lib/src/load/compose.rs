//! Compositions: an app and the components that satisfy its imports, made into one component.
//!
//! wac does the composing, with its rules for names, versions and types. This module does what `wac plug`
//! leaves to its caller: plugs may need each other, each plug has to be of use, and errors say which parts do
//! not fit.

use std::path::{Path, PathBuf};

use crate::Error;

pub(crate) mod encode;
mod links;
pub(crate) mod part;
mod caught;
mod write;

use encode::{Check, Composed};

/// An app and its plugs: components that export what the app or another plug imports.
///
/// Imports that no part exports stay imports of the whole, and all exports of the app stay exports. Each
/// instance of the app has its own instance of each plug, in the same call, on the same core.
///
/// # Examples
///
/// ```no_run
/// let composition = host::Composition::new("app.wasm").plug("filters.wasm").plug("text.wasm");
/// let host = host::Host::new(&host::Config::default())?;
/// host.load(composition.clone())?.start(&host::RunConfig::default())?.wait()?;
/// composition.portable().write("everywhere.wasm")?;
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Composition {
    app: PathBuf,
    plugs: Vec<PathBuf>,
    is_portable: bool,
}

impl Composition {
    /// Creates a composition of the app in this file, without plugs.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = host::Composition::new("no/such/app.wasm").encode().unwrap_err();
    /// assert!(error.to_string().starts_with("cannot read no/such/app.wasm"));
    /// ```
    #[must_use]
    pub fn new(app: impl Into<PathBuf>) -> Self {
        Self { app: app.into(), plugs: Vec::new(), is_portable: false }
    }

    /// Adds the component in this file as a plug. The order of plugs has no effect.
    ///
    /// # Examples
    ///
    /// ```
    /// let composition = host::Composition::new("no/such/app.wasm").plug("no/such/plug.wasm");
    /// assert!(composition.encode().is_err());
    /// ```
    #[must_use]
    pub fn plug(mut self, file: impl Into<PathBuf>) -> Self {
        self.plugs.push(file.into());
        self
    }

    /// Makes the component run on any runtime with WASI 0.2. A provider replaces the host and reports 0
    /// cores, so the app runs its work itself, without parallelism.
    ///
    /// The composed component then exports no `worker`, because no host could call it.
    ///
    /// # Examples
    ///
    /// ```
    /// let composition = host::Composition::new("no/such/app.wasm").portable();
    /// assert_eq!(composition.encode().unwrap_err().kind(), host::ErrorKind::Unreadable);
    /// ```
    #[must_use]
    pub fn portable(mut self) -> Self {
        self.is_portable = true;
        self
    }

    /// Returns the bytes of the composed component. The same files always produce the same bytes.
    ///
    /// # Errors
    ///
    /// * A file cannot be read, or is not a component.
    /// * A plug is not used, or does not fit: another version, another type, two for one import, a cycle.
    /// * The composition is to be portable, but imports more than WASI 0.2.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = host::Composition::new("Cargo.toml").encode().unwrap_err();
    /// assert_eq!(error.kind(), host::ErrorKind::InvalidComponent);
    /// ```
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        Ok(encode::encode(&self.app, &self.plugs, self.is_portable, Check::Everything)?.bytes)
    }

    /// Returns the SHA-256 of [`encode`](Self::encode), by which other machines name the component.
    ///
    /// # Errors
    ///
    /// Fails as [`encode`](Self::encode) does.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = host::Composition::new("no/such/app.wasm").digest().unwrap_err();
    /// assert_eq!(error.kind(), host::ErrorKind::Unreadable);
    /// ```
    #[cfg(feature = "cluster")]
    pub fn digest(&self) -> Result<[u8; 32], Error> {
        Ok(crate::load::program::Program::new(self.compose()?.bytes.into()).digest)
    }

    /// Writes [`encode`](Self::encode) to a file, completely or not at all; `-` is stdout.
    ///
    /// # Errors
    ///
    /// Fails as [`encode`](Self::encode) does, or if the file cannot be written.
    ///
    /// # Examples
    ///
    /// ```
    /// let composition = host::Composition::new("no/such/app.wasm");
    /// assert_eq!(composition.write("out.wasm").unwrap_err().kind(), host::ErrorKind::Unreadable);
    /// assert!(!std::path::Path::new("out.wasm").exists());
    /// ```
    pub fn write(&self, file: impl AsRef<Path>) -> Result<(), Error> {
        let (bytes, file) = (self.encode()?, file.as_ref());
        write::write(file, &bytes).map_err(|source| Error::write_component(file, source))
    }

    /// Returns whether the composition is only the file of the app.
    pub(crate) fn is_plain(&self) -> bool {
        self.plugs.is_empty() && !self.is_portable
    }

    /// Returns what [`encode`](Self::encode) does, for the engine, which validates what it compiles.
    pub(crate) fn compose(&self) -> Result<Composed, Error> {
        encode::encode(&self.app, &self.plugs, self.is_portable, Check::Types)
    }

    /// Returns the file of the app, which names the whole.
    pub(crate) fn app(&self) -> &Path {
        &self.app
    }
}

/// Creates a composition of only the app in a file.
impl<P: Into<PathBuf>> From<P> for Composition {
    fn from(app: P) -> Self {
        Self::new(app)
    }
}
