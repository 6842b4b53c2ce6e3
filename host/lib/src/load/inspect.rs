//! What a file is, seen as an app: `host inspect`.
//!
//! What it imports and exports is read from its bytes. Whether it runs here is not guessed from that: it
//! is loaded as `host run` would load it, and what stands in the way is told in the same words.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;
use serde::Serialize;
use wasmtime::Engine;

use super::compiled::{Compiled, problems};
use super::compose::Composition;
use super::compose::encode::Composed;
use super::surface::Surface;
use super::{contract, file};
use crate::Error;
use crate::config::Cache;
use crate::escaped::{self, Escaped};

/// What a host has to say of a file that may be an app.
///
/// [`Display`](fmt::Display) is for people, several lines; [`to_json`](Self::to_json) is for programs.
///
/// # Examples
///
/// ```
/// let host = host::Host::new(&host::Config::default())?;
/// let inspected = host.inspect("Cargo.toml")?;
/// assert!(!inspected.runs());
/// assert!(inspected.problems[0].contains("it is a text file"));
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Its length in bytes.
    pub bytes: u64,
    /// What keeps it from running on this host, each with what to do about it; nothing if it runs.
    pub problems: Vec<String>,
    /// The interface that is its main function: `wasi:cli/run@0.2.6`.
    pub main: Option<String>,
    /// The interface that runs its jobs; without one it has none.
    pub worker: Option<String>,
    /// The version of the contract that it was built for, if it has to do with it.
    pub contract: Option<String>,
    /// The version of the contract that this host has.
    pub host_contract: String,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What it exports, with the above.
    pub exports: Vec<String>,
    /// What of this machine it may use if it is granted.
    pub grants: Vec<Grant>,
    /// How many components are in it.
    pub components: usize,
    /// How many core modules are in it and in them.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Import {
    /// Its name, with its version: `wasi:io/poll@0.2.6`.
    pub name: String,
    /// Whether this host has it.
    pub satisfied: bool,
}

/// Something that an app can do only if the run grants it.
///
/// # Examples
///
/// ```no_run
/// let host = host::Host::new(&host::Config::default())?;
/// let inspected = host.inspect("server.wasm")?;
/// assert!(inspected.grants.iter().any(|grant| grant.option == "-S tcp"));
/// # Ok::<(), host::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Grant {
    /// The option of `host run`.
    pub option: &'static str,
    /// What it grants.
    pub what: &'static str,
}

/// Imports that lead to nothing without a grant, and the option for it.
const GRANTS: [(&str, Grant); 6] = [
    ("wasi:filesystem/types", Grant { option: "--dir", what: "files and directories" }),
    ("wasi:cli/environment", Grant { option: "--env", what: "environment variables" }),
    ("wasi:sockets/tcp", Grant { option: "-S tcp", what: "TCP" }),
    ("wasi:sockets/udp", Grant { option: "-S udp", what: "UDP" }),
    ("wasi:sockets/ip-name-lookup", Grant { option: "-S allow-ip-name-lookup", what: "names of hosts" }),
    ("wasi:http/outgoing-handler", Grant { option: "-S http", what: "HTTP requests" }),
];

impl Inspection {
    /// Whether this host would run it.
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

    /// One object of JSON with the fields of this type by their names, and `runs`. `file` is a string.
    ///
    /// # Examples
    ///
    /// ```
    /// let host = host::Host::new(&host::Config::default())?;
    /// let json = host.inspect("Cargo.toml")?.to_json();
    /// assert!(json.contains("\"runs\": false"));
    /// # Ok::<(), host::Error>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        #[derive(Serialize)]
        struct WithVerdict<'a> {
            runs: bool,
            #[serde(flatten)]
            inspection: &'a Inspection,
        }
        // A name that is not UTF-8 is no string of JSON: what it would be shown as is.
        let file = PathBuf::from(self.file.display().to_string());
        let inspection = &Self { file, ..self.clone() };
        let json = serde_json::to_string_pretty(&WithVerdict { runs: self.runs(), inspection });
        escaped::json(
            &json.unwrap_or_else(|error| unreachable!("strings and numbers can be written: {error}")),
        )
    }
}

/// Reads or composes an app, and says what it is to a host with this engine.
///
/// # Errors
///
/// Fails if a file cannot be read, or if there is no such composition.
pub(crate) fn inspect(
    engine: &Engine,
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
    let mut problems = match (component, &surface) {
        (Err(error), _) => vec![error],
        (Ok(()), Some(surface)) => problems(path, surface, &composed.of_plugs),
        (Ok(()), None) => Vec::new(),
    };
    if problems.is_empty() {
        problems.extend(Compiled::of(engine, path, &composed, Surface::read(bytes), cache).err());
    }
    let surface = surface.unwrap_or_default();
    let is_imported =
        |interface: &str| surface.imports.iter().any(|name| name.split('@').next() == Some(interface));
    let grants = GRANTS.into_iter().filter(|(interface, _)| is_imported(interface));
    Ok(Inspection {
        file: path.to_owned(),
        bytes: bytes.len() as u64,
        problems: problems.iter().map(ToString::to_string).collect(),
        main: surface.run().map(str::to_owned),
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
    let foreign = surface.foreign_imports();
    let import = |name: &String| Import { name: name.clone(), satisfied: !foreign.contains(name) };
    surface.imports.iter().map(import).collect()
}

impl fmt::Display for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = Rows(Vec::new());
        rows.one("size", Some(self.size()));
        rows.one("main", self.main.clone());
        rows.one("worker", self.worker.clone());
        let versions = |app| format!("{app}, this host has {}", self.host_contract);
        rows.one("contract", self.contract.as_ref().map(versions));
        let exports =
            self.exports.iter().filter(|name| ![&self.main, &self.worker].contains(&&Some((*name).clone())));
        rows.all("exports", exports.cloned());
        rows.all("imports", self.packages().into_iter());
        let missing = self.imports.iter().filter(|import| !import.satisfied);
        rows.all("missing", missing.map(|import| import.name.clone()));
        rows.all("may use", self.grants.iter().map(|grant| format!("{}, with {}", grant.what, grant.option)));
        match self.worker {
            _ if !self.runs() => rows.all("runs", self.problems.iter().map(|why| format!("no: {why}"))),
            Some(_) => rows.one("runs", Some("yes, on many cores".to_owned())),
            None => rows.one("runs", Some("yes, on one core: it exports no worker".to_owned())),
        }
        rows.write(&self.file, f)
    }
}

impl Inspection {
    /// The imports that are there, those of a package on one line: `wasi:io@0.2.6: error, poll`.
    fn packages(&self) -> Vec<String> {
        let mut packages = BTreeMap::<_, Vec<_>>::new();
        for Import { name, .. } in self.imports.iter().filter(|import| import.satisfied) {
            let (path, version) = name.split_once('@').unwrap_or((name, ""));
            let (package, interface) = path.split_once('/').unwrap_or(("", path));
            packages.entry((package, version)).or_default().push(interface);
        }
        let line = |((package, version), interfaces): (_, Vec<_>)| {
            format!("{package}@{version}: {}", interfaces.join(", "))
        };
        packages.into_iter().map(line).collect()
    }

    fn size(&self) -> String {
        let size = ByteSize(self.bytes);
        match (self.components, self.core_modules) {
            (_, 0) => size.to_string(),
            (0, modules) => format!("{size}, core modules: {modules}"),
            (components, modules) => {
                format!("{size}, components in it: {components}, core modules: {modules}")
            }
        }
    }
}

/// What is known, line by line: a word for the first line of each kind.
struct Rows(Vec<(&'static str, String)>);

impl Rows {
    fn one(&mut self, word: &'static str, value: Option<String>) {
        self.0.extend(value.map(|value| (word, Escaped(value).to_string())));
    }

    fn all(&mut self, word: &'static str, values: impl Iterator<Item = String>) {
        let words = std::iter::once(word).chain(std::iter::repeat(""));
        // Most of them are names in the file.
        self.0.extend(words.zip(values.map(|value| Escaped(value).to_string())));
    }

    fn write(&self, file: &Path, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Escaped(file.display()))?;
        self.0.iter().try_for_each(|(word, value)| write!(f, "\n  {word:<9} {value}"))
    }
}
