//! The types of what a host calls, held against those of a component.
//!
//! The engine checks them too, but only when it calls.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, ComponentNamedList, Lift, Lower};

use crate::job::lift::Taken;
use crate::job::lift::texts::Failure;

/// What `worker.run` takes and returns, as this host reads it.
pub(crate) type RunParameters = (u32, Vec<u8>);
pub(crate) type RunResult = (Result<Taken, Failure>,);

/// Whether `wasi:cli/run`, under this name, is what a host calls.
pub(super) fn check_run(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()> {
    check_function::<(), (Result<(), ()>,)>(engine, component, export)
}

/// Whether `worker`, under this name, is what a host calls.
pub(super) fn check_worker(engine: &Engine, component: &Component, export: &str) -> wasmtime::Result<()> {
    check_function::<RunParameters, RunResult>(engine, component, export)
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
