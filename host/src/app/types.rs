//! What a component imports and exports, held against what a host has and calls.
//!
//! The engine checks all of this too, but stops at the first import that is missing, and looks at
//! the type of an export only when it is called.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, Lift, Lower};

use crate::job::Outcome;

/// The packages that this host has, each with the track of versions that it is on.
const PACKAGES: &[(&str, &str)] = &[
    ("parallel:futures", "0.1."),
    ("wasi:cli", "0.2."),
    ("wasi:clocks", "0.2."),
    ("wasi:filesystem", "0.2."),
    ("wasi:http", "0.2."),
    ("wasi:io", "0.2."),
    ("wasi:random", "0.2."),
    ("wasi:sockets", "0.2."),
];

/// The imports from packages that this host does not have, with their versions.
pub(super) fn foreign_imports(engine: &Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let imports = ty.imports(engine).filter(|(name, import)| !is_ours(name) && !is_types(engine, &import.ty));
    imports.map(|(name, _)| name.to_owned()).collect()
}

/// Whether it is an interface of types alone, which a plug shares with the app and nobody needs to have.
fn is_types(engine: &Engine, import: &ComponentItem) -> bool {
    let ComponentItem::ComponentInstance(interface) = import else { return false };
    interface.exports(engine).all(|(_, export)| matches!(export.ty, ComponentItem::Type(_)))
}

/// `name` is `package/interface@version`.
fn is_ours(name: &str) -> bool {
    let Some((path, version)) = name.split_once('@') else { return false };
    let package = path.split('/').next();
    PACKAGES.iter().any(|(known, track)| package == Some(known) && version.starts_with(track))
}

/// Whether `wasi:cli/run`, under this name, is what a host calls.
pub(super) fn check_run(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()> {
    check_function::<(), (Result<(), ()>,)>(engine, component, export)
}

/// Whether `worker`, under this name, is what a host calls.
pub(super) fn check_worker(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()> {
    check_function::<(u32, Vec<u8>), (Outcome,)>(engine, component, export)
}

/// The name of an exported interface, with its version: the one on this track.
pub(super) fn find_export(engine: &Engine, component: &Component, track: &str) -> Option<String> {
    let ty = component.component_type();
    ty.exports(engine).map(|(name, _)| name).find(|name| name.starts_with(track)).map(str::to_owned)
}

/// Both interfaces have one function that matters, and it is called `run`.
fn check_function<P, R>(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    let ty = component.component_type();
    let interface = ty.get_export(engine, export).map(|export| export.ty);
    let Some(ComponentItem::ComponentInstance(interface)) = interface else {
        wasmtime::bail!("it is not an interface");
    };
    match interface.get_export(engine, "run").map(|export| export.ty) {
        Some(ComponentItem::ComponentFunc(run)) => run.typecheck::<P, R>(&ty.instance_type()),
        _ => wasmtime::bail!("it has no function called run"),
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn packages_are_known_by_name_and_track() {
        assert!(is_ours("wasi:cli/environment@0.2.6"));
        assert!(is_ours("parallel:futures/jobs@0.1.7"));
        for foreign in [
            "wasi:nn/tensor@0.2.0",
            "wasi:http/types@0.3.0",
            "wasi:cli/run@0.3.0",
            "parallel:futures/jobs@0.2.0",
            "now",
        ] {
            assert!(!is_ours(foreign), "{foreign}");
        }
    }
}
