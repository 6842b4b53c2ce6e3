//! A part of a composition: one component, with its imports and exports by name.

use std::path::PathBuf;

use wac_graph::types::{ItemKind, Package, Type, Types, are_semver_compatible};
use wac_graph::{CompositionGraph, PackageId};

use super::caught::caught;
use crate::Error;
use crate::error::Situation;
use crate::load::file;

/// The provider of `--portable`, as built by build.rs.
pub(crate) const PROVIDER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/provider.wasm"));

/// The role of a part in the composition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    App,
    Plug,
    /// Asked last: a plug that exports `jobs` takes precedence.
    Provider,
}

/// A component of the graph.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    /// Its name in errors: its file.
    pub(super) path: PathBuf,
    pub(super) package: PackageId,
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<String>,
}

/// An import of a part.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) name: String,
    /// Whether this is an interface without functions or resources, which needs no part to satisfy it.
    pub(super) is_types_only: bool,
}

impl Part {
    /// Reads a component and registers it with the graph.
    pub(super) fn read(graph: &mut CompositionGraph, role: Role, path: PathBuf) -> Result<Self, Error> {
        let bytes = file::read_app(&path)?;
        file::check_component(&path, &bytes)?;
        Self::new(graph, role, path, bytes)
    }

    /// Returns the provider of this host.
    pub(super) fn provider(graph: &mut CompositionGraph) -> Result<Self, Error> {
        Self::new(graph, Role::Provider, "the provider of this host".into(), PROVIDER.to_vec())
    }

    fn new(graph: &mut CompositionGraph, role: Role, path: PathBuf, bytes: Vec<u8>) -> Result<Self, Error> {
        // The graph requires a unique name for each package, and files may be given twice.
        let name = format!("part{}", graph.packages().count());
        let invalid = |cause: String| Situation::InvalidComponent { path: path.clone(), cause };
        let package = package(&name, bytes, graph.types_mut()).map_err(invalid)?;
        let package = graph.register_package(package).map_err(|cause| invalid(cause.to_string()))?;
        let (types, world) = (graph.types(), &graph.types()[graph[package].ty()]);
        let import = |(name, kind): (&String, &ItemKind)| Import {
            name: name.clone(),
            is_types_only: is_types_only(types, *kind),
        };
        let imports = world.imports.iter().map(import).collect();
        let exports = world.exports.keys().cloned().collect();
        Ok(Self { role, path, package, imports, exports })
    }

    /// Returns the export that satisfies an import of this name, by wac's rules: an export of the same name,
    /// or else one of a compatible version.
    pub(super) fn export_for(&self, import: &str) -> Option<&str> {
        let exact = self.exports.iter().find(|export| *export == import);
        let compatible = || self.exports.iter().find(|export| are_semver_compatible(export, import));
        exact.or_else(compatible).map(String::as_str)
    }

    /// Returns the export of the same interface, in any version.
    pub(super) fn other_version_of(&self, import: &str) -> Option<&str> {
        let same = |export: &&String| unversioned(export) == unversioned(import);
        self.exports.iter().find(same).map(String::as_str)
    }
}

/// Returns `demo:text/stats` for `demo:text/stats@0.1.0`.
pub(super) fn unversioned(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Returns the imports of a component that are interfaces of types only. Problems of the component are
/// reported elsewhere.
pub(crate) fn imported_types(component: &[u8]) -> Vec<String> {
    let mut types = Types::default();
    let Ok(package) = package("app", component, &mut types) else { return Vec::new() };
    let imports = types[package.ty()].imports.iter().filter(|(_, kind)| is_types_only(&types, **kind));
    imports.map(|(name, _)| name.clone()).collect()
}

/// Reads the types of a component.
fn package(name: &str, bytes: impl Into<Vec<u8>>, types: &mut Types) -> Result<Package, String> {
    caught(|| Package::from_bytes(name, None, bytes, types))?.map_err(|cause| format!("{cause:#}"))
}

fn is_types_only(types: &Types, kind: ItemKind) -> bool {
    let ItemKind::Instance(interface) = kind else { return false };
    types[interface]
        .exports
        .values()
        .all(|kind| matches!(kind, ItemKind::Type(ty) if !matches!(ty, Type::Resource(_))))
}
