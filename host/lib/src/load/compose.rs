//! Compositions: an app, and the components that satisfy what it imports, made one component.
//!
//! The composing itself is wac's, with its rules for names, versions and types. Here is what `wac plug`
//! leaves to whoever calls it: that plugs may need each other, that each is of use, and texts for what
//! does not fit.

use std::path::{Path, PathBuf};

use crate::Error;

pub(crate) mod encode;
mod links;
pub(crate) mod part;
mod caught;
mod write;

use encode::{Check, Composed};

/// An app and its plugs: components that export what the app imports, or what another plug does.
///
/// What nobody here exports stays an import of the whole, and all that the app exports stays an export.
/// Each instance of the app has an instance of each plug of its own, in the same call, on the same core.
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
    /// The app in this file, by itself.
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

    /// Adds the component in this file. The order of plugs means nothing.
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

    /// Makes it run wherever WASI 0.2 is: a provider takes the place of the host, and says that there are
    /// 0 cores, so the app runs its work itself, without parallelism.
    ///
    /// The whole exports no `worker` then, because no host could call it.
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

    /// The component that this makes. The same files make the same bytes.
    ///
    /// # Errors
    ///
    /// * A file cannot be read, or is not a component.
    /// * A plug is of no use, or does not fit: another version, another type, two for one import, a cycle.
    /// * It is to be portable, and imports more than WASI 0.2.
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

    /// Writes [`encode`](Self::encode) to a file, whole or not at all; `-` is stdout.
    ///
    /// # Errors
    ///
    /// As [`encode`](Self::encode), and if the file cannot be written.
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

    /// Whether it is a file as it is.
    pub(crate) fn is_plain(&self) -> bool {
        self.plugs.is_empty() && !self.is_portable
    }

    /// What [`encode`](Self::encode) makes for the engine, which validates what it compiles.
    pub(crate) fn compose(&self) -> Result<Composed, Error> {
        encode::encode(&self.app, &self.plugs, self.is_portable, Check::Types)
    }

    /// The file of the app, after which the whole is called.
    pub(crate) fn app(&self) -> &Path {
        &self.app
    }
}

/// An app by itself, by its file.
impl<P: Into<PathBuf>> From<P> for Composition {
    fn from(app: P) -> Self {
        Self::new(app)
    }
}
