//! Checks the types of a component's exports against those that a host calls.
//!
//! The engine checks them too, but only at the call.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, Lift, Lower};

use crate::job::lift::Taken;
use crate::job::lift::texts::Failure;

/// The parameters and the result of `worker.run`, as this host reads them.
pub(crate) type RunParameters = (u32, Vec<u8>);
pub(crate) type RunResult = (Result<Taken, Failure>,);

/// Checks that the export with this name has the type of `wasi:cli/run`.
pub(super) fn check_run(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()> {
    check_function::<(), (Result<(), ()>,)>(engine, component, export)
}

/// Checks that the export with this name has the type of `worker`.
pub(super) fn check_worker(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()> {
    check_function::<RunParameters, RunResult>(engine, component, export)
}

/// Checks the function `run`, the only one that matters in both interfaces.
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
