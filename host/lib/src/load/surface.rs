//! The imports and exports of a component, read from its bytes before anything is compiled.

use std::collections::HashSet;

use wasmparser::{CanonicalFunction, CanonicalOption, Encoding, Parser, Payload, Result};
use wasmparser::{ComponentTypeRef, CompositeInnerType, MemoryType, TableType, TypeBounds};

use super::compose::part::imported_types;
use super::contract;
use super::engine::{self, Demand, Parts};
use super::footprint::{Footprint, Size};

/// The packages of WASI that this host has, each with its lines of versions.
const PACKAGES: &[(&str, &[&str])] = &[
    ("wasi:cli", BOTH),
    ("wasi:clocks", BOTH),
    // It has no other version.
    ("wasi:config", &["0.2.0-rc.1"]),
    ("wasi:filesystem", BOTH),
    ("wasi:http", BOTH),
    ("wasi:io", &[WASI_02]),
    ("wasi:keyvalue", &["0.2.0-draft"]),
    ("wasi:random", BOTH),
    ("wasi:sockets", BOTH),
    ("wasi:tls", &["0.2.0-draft", "0.3.0-draft"]),
];

/// The lines of WASI.
const WASI_02: &str = "0.2.";
const WASI_03: &str = "0.3.";
const BOTH: &[&str] = &[WASI_02, WASI_03];

/// The export that is main, without its version.
const RUN: &str = "wasi:cli/run";

/// The exports that make a component a handler of HTTP requests, each with its line of WASI.
const HANDLERS: [(&str, &str); 2] = [("wasi:http/incoming-handler", WASI_02), ("wasi:http/handler", WASI_03)];

/// The exports by which a host runs a job, up to their versions: those of WASI 0.2 and 0.3.
const WORKERS: [&str; 2] = ["parallel:futures/worker@0.1.", "parallel:futures/worker@0.3."];

/// The most bytes of debug information that are used. The engine reads it on the core, once for each frame of a stack.
const DEBUG: usize = 32 << 20;

/// The parts of a component that are visible from outside.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    /// The names, with their versions: `wasi:io/poll@0.2.6`.
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// The imports among them that are types, or interfaces of types only. The host need not provide them.
    types: HashSet<String>,
    /// The number of components in it, at any depth.
    pub(crate) components: usize,
    /// The number of core modules in it and in its components.
    pub(crate) core_modules: usize,
    /// Whether a component in it makes handles of its own resources.
    pub(crate) makes_handles: bool,
    /// Whether a module in it may allocate what has to be collected: objects or exceptions.
    pub(crate) collects: bool,
    /// Whether a module in it has a shared memory.
    pub(crate) shares_memory: bool,
    /// Whether a component in it uses the concurrency of the component model.
    is_concurrent: bool,
    /// The size of an instance, beside its memories and tables.
    pub(crate) size: Size,
    /// The most bytes of any memory, and the most elements of any table, as far as they are declared.
    memory: u64,
    table: u64,
    /// The bytes of debug information.
    debug: usize,
}

impl Surface {
    /// Reads the names of a component, and nothing else.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a component; the engine explains that better.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let (mut surface, mut footprint) = (Self::default(), Footprint::default());
        // The nesting depth of what is being read.
        let mut around = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            footprint.read(&payload)?;
            match payload {
                Payload::Version { encoding, .. } => {
                    around += 1;
                    match encoding {
                        Encoding::Module => surface.core_modules += 1,
                        Encoding::Component if around > 1 => surface.components += 1,
                        Encoding::Component => {}
                    }
                }
                Payload::End(_) => around -= 1,
                Payload::ComponentImportSection(section) if around == 1 => {
                    for import in section {
                        let import = import?;
                        let name = import.name.name.to_owned();
                        if let ComponentTypeRef::Type(TypeBounds::Eq(_)) = import.ty {
                            surface.types.insert(name.clone());
                        }
                        surface.imports.push(name);
                    }
                }
                Payload::ComponentExportSection(section) if around == 1 => {
                    for export in section {
                        surface.exports.push(export?.name.name.to_owned());
                    }
                }
                inner => surface.read_needs(inner)?,
            }
        }
        surface.size = footprint.size();
        // Also of the contract, and of drafts.
        let is_of_03 = surface.names().any(|name| is_ours(name) && version(name).starts_with(WASI_03));
        surface.is_concurrent |= is_of_03;
        // Reading types takes longer, and hardly any app requires it.
        if surface.imports.iter().any(|name| !is_ours(name)) {
            surface.types.extend(imported_types(bytes));
        }
        Ok(surface)
    }

    /// Reads what a section requires of the engine, in a component or module at any depth.
    fn read_needs(&mut self, section: Payload<'_>) -> Result<()> {
        match section {
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    let function = function?;
                    self.makes_handles |= matches!(function, CanonicalFunction::ResourceNew { .. });
                    self.is_concurrent |= is_concurrent(&function);
                }
            }
            Payload::CustomSection(section) if section.name().starts_with(".debug_") => {
                self.debug = self.debug.saturating_add(section.data().len());
            }
            Payload::TagSection(_) => self.collects = true,
            Payload::TypeSection(section) => {
                for group in section {
                    self.collects |= group?.into_types().any(|ty| is_object(&ty.composite_type.inner));
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let memory = memory?;
                    self.shares_memory |= memory.shared;
                    self.memory = self.memory.max(size_of_memory(memory));
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.table = self.table.max(size_of_table(table?.ty));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns the name of the interface that is main.
    pub(crate) fn run(&self) -> Option<&str> {
        let is_run = |name: &&str| is_ours(name) && unversioned(name) == RUN;
        // Main of WASI 0.2, if there are both: its calls are faster.
        self.exports.iter().map(String::as_str).filter(is_run).min()
    }

    /// Returns whether main is an async function, of WASI 0.3.
    pub(crate) fn runs_concurrently(&self) -> bool {
        self.run().is_some_and(|run| is_of_line(run, WASI_03))
    }

    /// Returns the name of the interface that handles HTTP requests.
    pub(crate) fn handler(&self) -> Option<&str> {
        let is_handler = |name: &&str| {
            HANDLERS.iter().any(|(handler, line)| unversioned(name) == *handler && is_of_line(name, line))
        };
        // That of WASI 0.3, if there are both, as in `wasmtime serve`.
        self.exports
            .iter()
            .map(String::as_str)
            .filter(is_handler)
            .max_by_key(|name| is_of_line(name, WASI_03))
    }

    /// Returns whether the handler is an async function, of WASI 0.3.
    pub(crate) fn handles_concurrently(&self) -> bool {
        self.handler().is_some_and(|handler| is_of_line(handler, WASI_03))
    }

    /// Returns the name of an interface that handles HTTP requests in a line of WASI that this host does not have.
    pub(crate) fn other_handler(&self) -> Option<&str> {
        let is_handler = |name: &&str| HANDLERS.iter().any(|(handler, _)| unversioned(name) == *handler);
        self.exports.iter().map(String::as_str).find(is_handler).filter(|_| self.handler().is_none())
    }

    /// Returns the first import or export of a release candidate of WASI, which no host has any longer.
    pub(crate) fn candidate(&self) -> Option<&str> {
        let is_candidate =
            |name: &&str| name.starts_with("wasi:") && version(name).contains("-rc") && !is_ours(name);
        self.names().find(is_candidate)
    }

    /// Returns what it needs of its engine.
    pub(crate) fn demand(&self) -> Demand {
        Demand {
            concurrency: self.is_concurrent,
            places: (1..=DEBUG).contains(&self.debug),
            parts: Parts::with_sizes(self.memory, self.table),
        }
    }

    /// Returns the name of the interface that runs jobs.
    pub(crate) fn worker(&self) -> Option<&str> {
        let is_worker = |name: &&str| WORKERS.iter().any(|worker| name.starts_with(worker));
        // That of WASI 0.2, if there are both.
        self.exports.iter().map(String::as_str).filter(is_worker).min()
    }

    /// Adds imports that the embedder provides, by their names.
    pub(crate) fn with_provided(mut self, names: &[String]) -> Self {
        self.types.extend(names.iter().cloned());
        self
    }

    /// Returns the imports from packages that this host does not have, or not in this version.
    pub(crate) fn foreign_imports(&self) -> Vec<String> {
        self.imports
            .iter()
            .filter(|name| !is_ours(name) && !self.types.contains(name.as_str()))
            .cloned()
            .collect()
    }

    /// Returns the names of all imports and exports.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.imports.iter().chain(&self.exports).map(String::as_str)
    }
}

/// Returns whether a host has the interface with this name: `package/interface@version`.
fn is_ours(name: &str) -> bool {
    if contract::is_of_contract(name) {
        return contract::foreign(std::iter::once(name)).is_none();
    }
    let package = unversioned(name).split('/').next();
    let known = PACKAGES.iter().find(|(known, _)| package == Some(known));
    known.is_some_and(|(_, lines)| lines.iter().any(|line| is_of_line(name, line)))
}

/// Returns whether this is the name of an interface of WASI, in a released version of this line, or in the version
/// itself if `line` is that of a release candidate.
fn is_of_line(name: &str, line: &str) -> bool {
    let version = version(name);
    name.starts_with("wasi:") && version.starts_with(line) && (line.contains('-') || !version.contains('-'))
}

/// Returns `wasi:io/poll` for `wasi:io/poll@0.2.6`.
pub(super) fn unversioned(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Returns `0.2.6` for `wasi:io/poll@0.2.6`.
pub(super) fn version(name: &str) -> &str {
    name.split_once('@').map_or("", |(_, version)| version)
}

/// Returns whether this function or its caller may be suspended by the component model, in an engine that has
/// that ability.
fn is_concurrent(function: &CanonicalFunction) -> bool {
    match function {
        CanonicalFunction::Lift { options, .. } | CanonicalFunction::Lower { options, .. } => {
            options.contains(&CanonicalOption::Async)
        }
        CanonicalFunction::ResourceNew { .. }
        | CanonicalFunction::ResourceDrop { .. }
        | CanonicalFunction::ResourceRep { .. } => false,
        _ => true,
    }
}

fn is_object(ty: &CompositeInnerType) -> bool {
    matches!(ty, CompositeInnerType::Array(_) | CompositeInnerType::Struct(_))
}

/// Returns how many bytes a memory may have. A 32-bit memory has room in every pool.
fn size_of_memory(memory: MemoryType) -> u64 {
    let page = 1_u64 << memory.page_size_log2.unwrap_or(16);
    let bytes = |pages: u64| pages.saturating_mul(page);
    if memory.memory64 { size(bytes(memory.initial), memory.maximum.map(bytes), engine::MEMORY) } else { 0 }
}

/// Returns how many elements a table may have.
fn size_of_table(table: TableType) -> u64 {
    size(table.initial, table.maximum, engine::TABLE_ELEMENTS)
}

/// Returns the size that is declared. Most tables and memories that declare no maximum stay within `usual`.
fn size(initial: u64, maximum: Option<u64>, usual: u64) -> u64 {
    maximum.unwrap_or(if initial > usual { u64::MAX } else { initial })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::compose::part::PROVIDER;

    #[test]
    fn packages_are_known_by_name_and_line() {
        assert!(is_ours("wasi:cli/environment@0.2.6"));
        assert!(is_ours("parallel:futures/jobs@0.1.0"));
        assert!(is_ours("wasi:http/types@0.3.0"));
        for foreign in [
            "wasi:nn/tensor@0.2.0",
            "wasi:io/poll@0.3.0",
            "wasi:cli/run@0.4.0",
            "wasi:cli/run@0.2.0-rc-2023-12-05",
            "wasi:cli/run",
            "parallel:futures/jobs@0.1.1",
            "parallel:futures/jobs@0.2.0",
            "now",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }

    #[test]
    fn a_handler_is_of_the_newest_line() {
        let exporting = |exports: &[&str]| Surface {
            exports: exports.iter().map(|&name| name.to_owned()).collect(),
            ..Surface::default()
        };
        let (old, new) = ("wasi:http/incoming-handler@0.2.12", "wasi:http/handler@0.3.0");
        for (exports, handler) in [(&[old][..], old), (&[new], new), (&[old, new], new), (&[new, old], new)] {
            let surface = exporting(exports);
            assert_eq!((surface.handler(), surface.other_handler()), (Some(handler), None));
            assert_eq!(surface.handles_concurrently(), handler == new);
        }
        let later = exporting(&["wasi:http/handler@0.4.0"]);
        assert_eq!((later.handler(), later.other_handler()), (None, Some("wasi:http/handler@0.4.0")));
    }

    #[test]
    fn only_the_outermost_component_has_a_surface() {
        // It contains a component for each interface, with imports of its own.
        let surface = Surface::read(PROVIDER).unwrap();
        assert_eq!(surface.imports, ["wasi:io/poll@0.2.12", "wasi:clocks/monotonic-clock@0.2.12"]);
        assert_eq!(surface.exports, ["parallel:futures/types@0.1.0", "parallel:futures/jobs@0.1.0"]);
        assert_eq!((surface.components, surface.core_modules), (2, 1));
    }

    #[test]
    fn handles_of_own_resources_are_noticed() {
        // The provider has pollables, but they are resources of WASI.
        assert!(!Surface::read(PROVIDER).unwrap().makes_handles);
        // A component with a resource type and its `resource.new`.
        let component = b"\0asm\x0d\0\x01\0\x07\x04\x01\x3f\x7f\0\x08\x03\x01\x02\0";
        assert!(Surface::read(component).unwrap().makes_handles);
    }

    #[test]
    fn what_is_cut_off_is_an_error() {
        assert!(Surface::read(&PROVIDER[..PROVIDER.len() - 1]).is_err());
        assert!(Surface::read(&PROVIDER[..4]).is_err());
    }
}
