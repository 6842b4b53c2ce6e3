//! A compiled app: a component, ready to be instantiated in any run.

use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre;

use super::compose::Composition;
use super::compose::encode::Composed;
use super::surface::Surface;
use super::{cache, contract, types};
use crate::config::Cache;
use crate::store::failure;
use crate::store::state::State;
use crate::{Error, imports};

/// A compiled app and its two entry points.
pub(crate) struct Compiled {
    pub(crate) path: PathBuf,
    pub(crate) engine: Engine,
    /// `wasi:cli/run`, for main.
    pub(crate) command: CommandPre<State>,
    /// `worker`, for jobs. An app without it never uses `.par()`, or does not link the guest runtime.
    pub(crate) worker: Option<Worker>,
    /// Whether a component in it makes handles of its own resources.
    pub(crate) makes_handles: bool,
}

/// The template of instances for jobs, and the function that runs a job.
pub(crate) struct Worker {
    pub(crate) app: InstancePre<State>,
    /// The function of `worker`, whose type has been checked.
    pub(crate) run: ComponentExportIndex,
}

impl Compiled {
    /// Composes and compiles an app, or loads it from the cache, and links its imports.
    pub(crate) fn load(engine: &Engine, composition: &Composition, cache: &Cache) -> Result<Self, Error> {
        let composed = composition.compose()?;
        let surface = Surface::read(&composed.bytes);
        Self::of(engine, composition.app(), &composed, surface, cache)
    }

    /// Compiles an app that has been composed, and whose surface has been read. `path` is its name in errors.
    pub(crate) fn of(
        engine: &Engine,
        path: &Path,
        composed: &Composed,
        surface: wasmparser::Result<Surface>,
        cache: &Cache,
    ) -> Result<Self, Error> {
        let first = |surface| problems(path, surface, &composed.of_plugs).into_iter().next();
        if let Some(problem) = surface.iter().find_map(first) {
            return Err(problem);
        }
        let refused = |cause: wasmtime::Error| match failure::is_for_want_of_room(&cause) {
            true => Error::threads(format!("compile {}", path.display()), format_args!("{cause:#}")),
            false => Error::invalid_component(path, &cause),
        };
        let compiled = cache::compile(engine, &composed.bytes, cache).map_err(refused)?;
        if let Some(warning) = compiled.warning {
            tracing::warn!("{warning}");
        }
        tracing::debug!("{} came from the {:?}", path.display(), compiled.origin);
        let component = compiled.component;
        let linked = link(engine, path, &component)?;
        // The component was compiled, so it can be read.
        let surface = surface.map_err(|cause| Error::host_bug(cause.to_string()))?;
        let run = surface.run().ok_or_else(|| Error::no_run_export(path))?;
        types::check_run(engine, &component, run).map_err(|cause| Error::wrong_export(path, run, &cause))?;
        let worker = match surface.worker() {
            Some(worker) => {
                let wrong = |cause| Error::wrong_export(path, worker, &cause);
                types::check_worker(engine, &component, worker).map_err(wrong)?;
                let interface = component.get_export_index(None, worker);
                let run = interface.and_then(|interface| component.get_export_index(Some(&interface), "run"));
                let run = run.ok_or_else(|| Error::host_bug("a worker that was checked is not there"))?;
                Some(Worker { app: linked.clone(), run })
            }
            None => None,
        };
        let command = CommandPre::new(linked).map_err(|cause| Error::wrong_export(path, run, &cause))?;
        let makes_handles = surface.makes_handles;
        Ok(Self { path: path.to_owned(), engine: engine.clone(), command, worker, makes_handles })
    }
}

/// Returns why an app with these imports and exports cannot run here, the most important reason first.
/// Imports that a plug needs are reported for the plug.
pub(crate) fn problems(path: &Path, surface: &Surface, of_plugs: &[(PathBuf, Vec<String>)]) -> Vec<Error> {
    let mut problems = Vec::new();
    if let Some(version) = contract::foreign(surface.names()) {
        problems.push(Error::wrong_contract(path, version, contract::HOST));
    }
    let mut foreign = surface.foreign_imports();
    foreign.retain(|name| !contract::is_of_contract(name));
    for (plug, imports) in of_plugs {
        let of_plug = foreign.extract_if(.., |name| imports.contains(name)).collect::<Vec<_>>();
        if !of_plug.is_empty() {
            problems.push(Error::missing_imports(plug, of_plug));
        }
    }
    if !foreign.is_empty() {
        problems.push(Error::missing_imports(path, foreign));
    }
    if surface.run().is_none() {
        problems.push(Error::no_run_export(path));
    }
    problems
}

fn link(engine: &Engine, path: &Path, component: &Component) -> Result<InstancePre<State>, Error> {
    let linker = imports::linker::<State>(engine);
    let linker = linker.map_err(|cause| Error::host_bug(cause.to_string()))?;
    linker.instantiate_pre(component).map_err(|cause| match missing_import(&cause) {
        Some(import) => Error::other_import(path, &import, &cause),
        None => Error::invalid_component(path, &cause),
    })
}

/// Returns the import that the engine misses or has with another type, although the host knows its package.
/// The engine reports it only as text.
fn missing_import(cause: &wasmtime::Error) -> Option<String> {
    let text = format!("{cause:#}");
    let (before, _) = text.split_once("matching implementation was not found")?;
    Some(before.split('`').nth(1)?.to_owned())
}
