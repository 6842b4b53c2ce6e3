//! A compiled app: a component, ready to be instantiated in any run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p3::bindings::CommandPre as ConcurrentCommandPre;

use super::compose::Composition;
use super::compose::encode::Composed;
use super::engine::Demand;
use super::engines::Engines;
use super::kind::not_a_command;
use super::surface::Surface;
use super::{cache, contract, types};
use crate::config::Cache;
use crate::store::failure;
use crate::store::state::State;
use crate::{Error, imports};

/// The most instances of modules and components in an app. It is the engine's own limit, which it checks only when
/// the app runs. To compile many more takes all memory.
const MOST_INSTANCES: u64 = 10_000;

/// A compiled app and its two entry points.
pub(crate) struct Compiled {
    pub(crate) path: PathBuf,
    pub(crate) engine: Engine,
    /// `wasi:cli/run`, for main.
    pub(crate) main: Main,
    /// Whether its engine supports the concurrency of WASI 0.3.
    pub(crate) concurrency: bool,
    /// `worker`, for jobs. An app without it never uses `.par()`, or does not link the guest runtime.
    pub(crate) worker: Option<Worker>,
    /// The interface by which it also handles HTTP requests, which this host does not call.
    pub(crate) handler: Option<String>,
    /// The bytes of stack that a guest has.
    pub(crate) stack: u64,
    /// The bytes that the engine keeps for an instance, beside its memories and tables.
    pub(crate) footprint: u64,
    /// Whether a component in it makes handles of its own resources.
    pub(crate) makes_handles: bool,
    /// Whether a module in it may allocate what has to be collected: objects or exceptions.
    pub(crate) collects: bool,
}

/// The template of the instance for main, and its function `run`.
pub(crate) enum Main {
    /// A function of WASI 0.2.
    Sync(CommandPre<State>),
    /// An async function, of WASI 0.3.
    Concurrent(ConcurrentCommandPre<State>),
}

/// The template of instances for jobs, and the function that runs a job.
pub(crate) struct Worker {
    pub(crate) app: InstancePre<State>,
    /// The function of `worker`, whose type has been checked.
    pub(crate) run: ComponentExportIndex,
}

impl Compiled {
    /// Composes and compiles an app, or loads it from the cache, and links its imports.
    pub(crate) fn load(engines: &Engines, composition: &Composition, cache: &Cache) -> Result<Self, Error> {
        let composed = composition.compose()?;
        let surface = Surface::read(&composed.bytes);
        Self::of(engines, composition.app(), &composed, surface, cache)
    }

    /// Compiles an app that has been composed, and whose surface has been read. `path` is its name in errors.
    pub(crate) fn of(
        engines: &Engines,
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
        let compile = |engine: &Engine| -> Result<Component, Error> {
            let compiled = cache::compile(engine, &composed.bytes, cache).map_err(refused)?;
            if let Some(warning) = compiled.warning {
                tracing::warn!("{warning}");
            }
            tracing::debug!("{} came from the {:?}", path.display(), compiled.origin);
            Ok(compiled.component)
        };
        let demand = surface.as_ref().map(Surface::demand).unwrap_or_default();
        let has_jobs = surface.as_ref().is_ok_and(|surface| surface.worker().is_some());
        let (engine, component) = with_room(engines, demand, has_jobs, compile)?;
        let linked = link(&engine, demand.concurrency, path, &component)?;
        // The component was compiled, so it can be read.
        let surface = surface.map_err(|cause| Error::host_bug(cause.to_string()))?;
        let run = surface.run().ok_or_else(|| Error::not_a_command(path, not_a_command(&surface)))?;
        let wrong_run = |cause| Error::wrong_export(path, run, &cause);
        types::check_run(&engine, &component, run).map_err(wrong_run)?;
        let worker = worker(path, &engine, &component, &surface)?;
        let worker = worker.map(|run| Worker { app: linked.clone(), run });
        let main = match surface.runs_concurrently() {
            false => CommandPre::new(linked).map(Main::Sync),
            true => ConcurrentCommandPre::new(linked).map(Main::Concurrent),
        };
        let main = main.map_err(wrong_run)?;
        Ok(Self {
            path: path.to_owned(),
            engine,
            main,
            concurrency: demand.concurrency,
            worker,
            handler: surface.handler().map(str::to_owned),
            stack: engines.stack(),
            footprint: surface.size.bytes,
            makes_handles: surface.makes_handles,
            collects: surface.collects,
        })
    }
}

/// Returns the function of `worker` that runs jobs, if the app has one.
fn worker(
    path: &Path,
    engine: &Engine,
    component: &Component,
    surface: &Surface,
) -> Result<Option<ComponentExportIndex>, Error> {
    let Some(worker) = surface.worker() else { return Ok(None) };
    types::check_worker(engine, component, worker)
        .map_err(|cause| Error::wrong_export(path, worker, &cause))?;
    let interface = component.get_export_index(None, worker);
    let run = interface.and_then(|interface| component.get_export_index(Some(&interface), "run"));
    run.map(Some).ok_or_else(|| Error::host_bug("a worker that was checked is not there"))
}

/// Compiles an app for the engine with this demand, or for one of its own if the pool of that engine has too little
/// room for the app.
fn with_room(
    engines: &Engines,
    demand: Demand,
    has_jobs: bool,
    compile: impl Fn(&Engine) -> Result<Component, Error>,
) -> Result<(Engine, Component), Error> {
    let engine = engines.get(demand)?;
    let component = compile(&engine)?;
    // Only compiling shows how often each part occurs. With fewer instances, cores would have nothing to do.
    let instances = if has_jobs { engines.cores().saturating_add(1) } else { 1 };
    let Some(demand) = engines.exceeded(demand, &component, instances) else {
        return Ok((engine, component));
    };
    let engine = engines.get(demand)?;
    let component = compile(&engine)?;
    Ok((engine, component))
}

/// Returns why an app with these imports and exports cannot run here, the most important reason first.
/// Imports that a plug needs are reported for the plug.
pub(crate) fn problems(path: &Path, surface: &Surface, of_plugs: &[(PathBuf, Vec<String>)]) -> Vec<Error> {
    let mut problems = Vec::new();
    if let Some(version) = contract::foreign(surface.names()) {
        problems.push(Error::wrong_contract(path, version, contract::HOST));
    }
    if let Some(name) = surface.candidate() {
        // Nothing else about it is worth knowing.
        problems.push(Error::release_candidate(path, name));
        return problems;
    }
    if surface.shares_memory {
        problems.push(Error::shared_memory(path));
    }
    if surface.size.instances > MOST_INSTANCES {
        problems.push(Error::too_many_instances(path, MOST_INSTANCES));
    }
    let mut foreign = surface.foreign_imports();
    foreign.retain(|name| !contract::is_of_contract(name));
    for (plug, imports) in of_plugs {
        let imports = imports.iter().collect::<HashSet<_>>();
        let of_plug = foreign.extract_if(.., |name| imports.contains(&*name)).collect::<Vec<_>>();
        if !of_plug.is_empty() {
            problems.push(Error::missing_imports(plug, of_plug));
        }
    }
    if !foreign.is_empty() {
        problems.push(Error::missing_imports(path, foreign));
    }
    if surface.run().is_none() {
        problems.push(Error::not_a_command(path, not_a_command(surface)));
    }
    problems
}

fn link(
    engine: &Engine,
    concurrency: bool,
    path: &Path,
    component: &Component,
) -> Result<InstancePre<State>, Error> {
    let linker = imports::linker::<State>(engine, concurrency);
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
