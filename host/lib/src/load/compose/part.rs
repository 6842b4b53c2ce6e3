//! A part of a composition: one component, and what it imports and exports by name.

use std::path::PathBuf;

use wac_graph::types::{ItemKind, Package, Type, Types, are_semver_compatible};
use wac_graph::{CompositionGraph, PackageId};

use super::caught::caught;
use crate::Error;
use crate::error::Situation;
use crate::load::file;

/// The provider of `--portable`, as build.rs makes it.
pub(crate) const PROVIDER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/provider.wasm"));

/// What a part is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    App,
    Plug,
    /// Asked last: a plug that exports `jobs` goes before it.
    Provider,
}

/// A component of the graph.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) role: Role,
    /// What it is called in texts: its file.
    pub(super) path: PathBuf,
    pub(super) package: PackageId,
    pub(super) imports: Vec<Import>,
    pub(super) exports: Vec<String>,
}

/// What a part imports.
#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) name: String,
    /// An interface without functions or resources, which needs nobody to satisfy it.
    pub(super) is_types_only: bool,
}

impl Part {
    /// Reads a component, and makes it known to the graph.
    pub(super) fn read(graph: &mut CompositionGraph, role: Role, path: PathBuf) -> Result<Self, Error> {
        let bytes = file::read_app(&path)?;
        file::check_component(&path, &bytes)?;
        Self::new(graph, role, path, bytes)
    }

    /// The provider of this host.
    pub(super) fn provider(graph: &mut CompositionGraph) -> Result<Self, Error> {
        Self::new(graph, Role::Provider, "the provider of this host".into(), PROVIDER.to_vec())
    }

    fn new(graph: &mut CompositionGraph, role: Role, path: PathBuf, bytes: Vec<u8>) -> Result<Self, Error> {
        // The graph wants a name of its own for each, and files may be given twice.
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

    /// Which of its exports satisfies an import of this name, by wac's rules: the same name first, and
    /// then one of a compatible version.
    pub(super) fn export_for(&self, import: &str) -> Option<&str> {
        let exact = self.exports.iter().find(|export| *export == import);
        let compatible = || self.exports.iter().find(|export| are_semver_compatible(export, import));
        exact.or_else(compatible).map(String::as_str)
    }

    /// Its export of the same interface, in whatever version.
    pub(super) fn other_version_of(&self, import: &str) -> Option<&str> {
        let same = |export: &&String| unversioned(export) == unversioned(import);
        self.exports.iter().find(same).map(String::as_str)
    }
}

/// `demo:text/stats` of `demo:text/stats@0.1.0`.
pub(super) fn unversioned(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// The imports of a component that are interfaces of types alone. What is wrong with the component is
/// for others to say.
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
