//! The imports and exports of a component, read from its bytes before anything is compiled.

use wasmparser::{CanonicalFunction, Encoding, Parser, Payload, Result};

use super::compose::part::imported_types;
use super::contract;

/// The packages of WASI that this host has, each with its line of versions.
const PACKAGES: &[(&str, &str)] = &[
    ("wasi:cli", "0.2."),
    ("wasi:clocks", "0.2."),
    ("wasi:config", "0.2."),
    ("wasi:filesystem", "0.2."),
    ("wasi:http", "0.2."),
    ("wasi:io", "0.2."),
    ("wasi:random", "0.2."),
    ("wasi:sockets", "0.2."),
];

/// The export that is main, up to its version.
const RUN: &str = "wasi:cli/run@0.2.";

/// The export by which a host runs a job, up to its version.
const WORKER: &str = "parallel:futures/worker@0.1.";

/// The parts of a component that are visible from outside.
#[derive(Debug, Default)]
pub(crate) struct Surface {
    /// The names, with their versions: `wasi:io/poll@0.2.6`.
    pub(crate) imports: Vec<String>,
    pub(crate) exports: Vec<String>,
    /// The imports among them that are interfaces of types only, which the host need not provide.
    types: Vec<String>,
    /// The number of components in it, at any depth.
    pub(crate) components: usize,
    /// The number of core modules in it and in its components.
    pub(crate) core_modules: usize,
    /// Whether a component in it makes handles of its own resources.
    pub(crate) makes_handles: bool,
}

impl Surface {
    /// Reads the names of a component, and nothing else.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are not a component; the engine explains that better.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let mut surface = Self::default();
        // The nesting depth of what is being read.
        let mut around = 0;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload? {
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
                        surface.imports.push(import?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if around == 1 => {
                    for export in section {
                        surface.exports.push(export?.name.name.to_owned());
                    }
                }
                Payload::ComponentCanonicalSection(section) => {
                    for function in section {
                        surface.makes_handles |= matches!(function?, CanonicalFunction::ResourceNew { .. });
                    }
                }
                _ => {}
            }
        }
        // Reading types takes longer, and hardly any app requires it.
        if surface.imports.iter().any(|name| !is_ours(name)) {
            surface.types = imported_types(bytes);
        }
        Ok(surface)
    }

    /// Returns the name of the interface that is main.
    pub(crate) fn run(&self) -> Option<&str> {
        self.export(RUN)
    }

    /// Returns the name of the interface that runs jobs.
    pub(crate) fn worker(&self) -> Option<&str> {
        self.export(WORKER)
    }

    fn export(&self, up_to_version: &str) -> Option<&str> {
        self.exports.iter().map(String::as_str).find(|name| name.starts_with(up_to_version))
    }

    /// Returns the imports from packages that this host does not have, or not in this version.
    pub(crate) fn foreign_imports(&self) -> Vec<String> {
        self.imports.iter().filter(|name| !is_ours(name) && !self.types.contains(name)).cloned().collect()
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
    let Some((path, version)) = name.split_once('@') else { return false };
    let package = path.split('/').next();
    PACKAGES.iter().any(|(known, line)| package == Some(known) && version.starts_with(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::compose::part::PROVIDER;

    #[test]
    fn packages_are_known_by_name_and_line() {
        assert!(is_ours("wasi:cli/environment@0.2.6"));
        assert!(is_ours("parallel:futures/jobs@0.1.0"));
        for foreign in [
            "wasi:nn/tensor@0.2.0",
            "wasi:http/types@0.3.0",
            "wasi:cli/run@0.3.0",
            "parallel:futures/jobs@0.1.1",
            "parallel:futures/jobs@0.2.0",
            "now",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
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
