//! A description of a file as an app.
//!
//! Its imports and exports are read from its bytes. Whether it runs here is not derived from them: the app is
//! loaded as for a run, and any problem is the same error.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use super::compiled::{Compiled, Purpose, problems};
use super::compose::Composition;
use super::compose::encode::Composed;
use super::engines::Engines;
use super::kind::AppKind;
use super::surface::Surface;
use super::{contract, file};
use crate::Error;
use crate::config::Cache;

/// What a host finds out about a file that may be an app.
///
/// # Examples
///
/// ```
/// let host = host::Host::new(&host::Config::default())?;
/// let inspected = host.inspect("Cargo.toml")?;
/// assert!(!inspected.runs());
/// assert!(inspected.problems[0].to_string().contains("it is a text file"));
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Inspection {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// The problems that keep it from running on this host, each with what to do about it; empty if it runs.
    pub problems: Vec<Error>,
    /// What it is.
    pub kind: AppKind,
    /// The interface that is its main function: `wasi:cli/run@0.2.6`.
    pub main: Option<String>,
    /// The interface by which it handles HTTP requests: `wasi:http/incoming-handler@0.2.6`. A command may export
    /// one too; its main function then often only traps.
    pub handler: Option<String>,
    /// The interface that runs its jobs; an app without one has no jobs.
    pub worker: Option<String>,
    /// The version of the contract that it was built for, if it uses the contract.
    pub contract: Option<String>,
    /// The version of the contract that this host implements.
    pub host_contract: String,
    /// The imports of the app.
    pub imports: Vec<Import>,
    /// The exports of the app, including `main` and `worker`.
    pub exports: Vec<String>,
    /// What it may use on this machine if the run grants it.
    pub grants: Vec<Grant>,
    /// The number of components in it.
    pub components: usize,
    /// The number of core modules in it and in its components.
    pub core_modules: usize,
}

/// One import of an app.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// let missing = host.inspect("app.wasm")?.imports.into_iter().find(|import| !import.satisfied);
/// assert_eq!(missing.map(|import| import.name), Some("demo:text/stats@0.1.0".to_owned()));
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Import {
    /// Its name, with its version: `wasi:io/poll@0.2.6`.
    pub name: String,
    /// Whether this host provides it.
    pub satisfied: bool,
}

/// Something that an app can do only if the run grants it.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// let inspected = host.inspect("server.wasm")?;
/// assert!(inspected.grants.contains(&host::Grant::Tcp));
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// [`Grants::dirs`](crate::Grants::dirs)
    Dirs,
    /// [`Grants::env`](crate::Grants::env)
    Env,
    /// [`Grants::tcp`](crate::Grants::tcp)
    Tcp,
    /// [`Grants::udp`](crate::Grants::udp)
    Udp,
    /// [`Grants::ip_name_lookup`](crate::Grants::ip_name_lookup)
    IpNameLookup,
    /// [`Grants::http`](crate::Grants::http)
    Http,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dirs => "files and directories",
            Self::Env => "environment variables",
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::IpNameLookup => "names of hosts",
            Self::Http => "HTTP requests",
        })
    }
}

/// Imports that have no effect without a grant.
const GRANTS: [(&str, Grant); 9] = [
    ("wasi:filesystem/types", Grant::Dirs),
    ("wasi:cli/environment", Grant::Env),
    ("wasi:sockets/tcp", Grant::Tcp),
    ("wasi:sockets/udp", Grant::Udp),
    ("wasi:sockets/ip-name-lookup", Grant::IpNameLookup),
    ("wasi:http/outgoing-handler", Grant::Http),
    // Of WASI 0.3.
    ("wasi:sockets/types", Grant::Tcp),
    ("wasi:sockets/types", Grant::Udp),
    ("wasi:http/client", Grant::Http),
];

impl Inspection {
    /// Returns whether this host would run the app.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let host = host::Host::new(&host::Config::default())?;
    /// assert!(host.inspect("app.wasm")?.runs());
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn runs(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Reads or composes an app, and describes it for a host with these engines.
///
/// # Errors
///
/// Fails if a file cannot be read, or if the parts cannot be composed.
pub(crate) fn inspect(
    engines: &Engines,
    composition: &Composition,
    cache: &Cache,
) -> Result<Inspection, Error> {
    let path = composition.app();
    let composed = if composition.is_plain() {
        Composed { bytes: file::read_app(path)?, of_plugs: Vec::new() }
    } else {
        composition.compose()?
    };
    let bytes = &composed.bytes;
    let component = file::check_component(path, bytes);
    let surface = Surface::read(bytes).ok().filter(|_| component.is_ok());
    let is_handler = |surface: &Surface| surface.run().is_none() && surface.handler().is_some();
    let purpose = if surface.as_ref().is_some_and(is_handler) { Purpose::Serve } else { Purpose::Run };
    let mut problems = match (component, &surface) {
        (Err(error), _) => vec![error],
        (Ok(()), Some(surface)) => problems(path, surface, &composed.of_plugs, purpose),
        (Ok(()), None) => Vec::new(),
    };
    if problems.is_empty() {
        problems.extend(Compiled::of(engines, path, &composed, Surface::read(bytes), cache, purpose).err());
    }
    let surface = surface.unwrap_or_default();
    let is_imported =
        |interface: &str| surface.imports.iter().any(|name| name.split('@').next() == Some(interface));
    let grants = GRANTS.into_iter().filter(|(interface, _)| is_imported(interface));
    Ok(Inspection {
        file: path.to_owned(),
        bytes: bytes.len() as u64,
        problems,
        kind: AppKind::of(&surface),
        main: surface.run().map(str::to_owned),
        handler: surface.handler().map(str::to_owned),
        worker: surface.worker().map(str::to_owned),
        contract: contract::newest(surface.names()).map(|version| version.to_string()),
        host_contract: contract::HOST.to_string(),
        imports: imports(&surface),
        grants: grants.map(|(_, grant)| grant).collect(),
        components: surface.components,
        core_modules: surface.core_modules,
        exports: surface.exports,
    })
}

fn imports(surface: &Surface) -> Vec<Import> {
    // A component may have a hundred thousand imports.
    let foreign = surface.foreign_imports().into_iter().collect::<HashSet<_>>();
    let import = |name: &String| Import { name: name.clone(), satisfied: !foreign.contains(name) };
    surface.imports.iter().map(import).collect()
}
