//! A compiled app: a component, ready to be instantiated in any run.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi::p3::bindings::CommandPre as ConcurrentCommandPre;
use wasmtime_wasi_http::p2::bindings::ProxyIndices;
use wasmtime_wasi_http::p3::bindings::ServiceIndices;

use super::compiler::NotCompiled;
use super::compose::Composition;
use super::compose::encode::Composed;
use super::engine::Demand;
use super::engines::Engines;
use super::kind::{not_a_command, not_a_handler};
#[cfg(feature = "cluster")]
use super::program::Program;
use super::surface::Surface;
use super::{cache, contract, types};
use crate::config::{Cache, Config};
use crate::store::embedder::Imports;
use crate::store::failure;
use crate::store::state::State;
use crate::{Error, imports};

/// The most instances of modules and components in an app. It is the engine's own limit, which it checks only when
/// the app runs. To compile many more takes all memory.
const MOST_INSTANCES: u64 = 10_000;

/// What an app is loaded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To run its main function.
    Run,
    /// To handle HTTP requests.
    Serve,
    /// To call its exported functions.
    Call,
    /// To run jobs of another machine.
    #[cfg(feature = "cluster")]
    Jobs,
}

/// A compiled app and its entry points.
pub(crate) struct Compiled {
    pub(crate) path: PathBuf,
    pub(crate) engine: Engine,
    /// The template of instances for jobs and for calls of exports.
    pub(crate) linked: InstancePre<State>,
    /// What it was loaded for.
    pub(crate) start: Start,
    /// Whether its engine supports the concurrency of WASI 0.3.
    pub(crate) concurrency: bool,
    /// The function of `worker` that runs jobs, whose type has been checked. An app without it never uses `.par()`,
    /// or does not link the guest runtime.
    pub(crate) worker: Option<ComponentExportIndex>,
    /// The interface by which it also handles HTTP requests.
    pub(crate) handler: Option<String>,
    /// The bytes of stack that a guest has.
    pub(crate) stack: u64,
    /// The bytes that the engine keeps for an instance, beside its memories and tables.
    pub(crate) footprint: u64,
    /// Whether a component in it makes handles of its own resources.
    pub(crate) makes_handles: bool,
    /// Whether a module in it may allocate what has to be collected: objects or exceptions.
    pub(crate) collects: bool,
    /// Its component, for other machines.
    #[cfg(feature = "cluster")]
    pub(crate) program: Option<Program>,
}

/// The entry point that an app was loaded for.
pub(crate) enum Start {
    /// Main, with the template of its instance: a function of WASI 0.2.
    Main(CommandPre<State>),
    /// Main, as an async function of WASI 0.3.
    ConcurrentMain(ConcurrentCommandPre<State>),
    /// The handler of HTTP requests: a function of WASI 0.2.
    Handler(ProxyIndices),
    /// The handler of HTTP requests, as an async function of WASI 0.3.
    ConcurrentHandler(ServiceIndices),
    /// Exported functions, each found when it is first named.
    Functions,
    /// None but the function that runs jobs.
    #[cfg(feature = "cluster")]
    Jobs,
}

impl Compiled {
    /// Composes and compiles an app, or loads it from the cache, and links its imports.
    pub(crate) fn load(
        engines: &Engines,
        composition: &Composition,
        config: &Config,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        let composed = composition.compose()?;
        let surface = Surface::read(&composed.bytes);
        let app = Self::of(engines, composition.app(), &composed, surface, &config.cache, purpose)?;
        Ok(app.with_program(composed, config))
    }

    /// Keeps the component, if the host of this configuration has other machines that may need it.
    pub(crate) fn with_program(mut self, composed: Composed, config: &Config) -> Self {
        #[cfg(feature = "cluster")]
        if config.cluster.is_some() {
            self.program = Some(Program::new(composed.bytes.into()));
        }
        #[cfg(not(feature = "cluster"))]
        drop((composed, config, &mut self));
        self
    }

    /// As [`load`](Self::load), for a component that also imports what the embedder provides.
    pub(crate) fn load_with(
        engines: &Engines,
        composition: &Composition,
        cache: &Cache,
        purpose: Purpose,
        imports: &Imports,
    ) -> Result<Self, Error> {
        let composed = composition.compose()?;
        let surface = Surface::read(&composed.bytes).map(|surface| surface.with_provided(imports.names()));
        Self::with(engines, composition.app(), &composed, surface, cache, purpose, Some(imports))
    }

    /// Compiles an app that has been composed, and whose surface has been read. `path` is its name in errors.
    pub(crate) fn of(
        engines: &Engines,
        path: &Path,
        composed: &Composed,
        surface: wasmparser::Result<Surface>,
        cache: &Cache,
        purpose: Purpose,
    ) -> Result<Self, Error> {
        Self::with(engines, path, composed, surface, cache, purpose, None)
    }

    fn with(
        engines: &Engines,
        path: &Path,
        composed: &Composed,
        surface: wasmparser::Result<Surface>,
        cache: &Cache,
        purpose: Purpose,
        imports: Option<&Imports>,
    ) -> Result<Self, Error> {
        let first = |surface| problems(path, surface, &composed.of_plugs, purpose).into_iter().next();
        if let Some(problem) = surface.iter().find_map(first) {
            return Err(problem);
        }
        let compile = |demand, engine: &Engine| -> Result<Component, Error> {
            let anew = || engines.compile(demand, engine, &composed.bytes);
            let compiled = cache::compile(engine, &composed.bytes, cache, anew);
            let compiled = compiled.map_err(|cause| not_compiled(path, &cause))?;
            if let Some(warning) = compiled.warning {
                tracing::warn!("{warning}");
            }
            tracing::debug!("{} came from the {:?}", path.display(), compiled.origin);
            Ok(compiled.component)
        };
        let demand = surface.as_ref().map(Surface::demand).unwrap_or_default();
        let has_jobs = surface.as_ref().is_ok_and(|surface| surface.worker().is_some());
        let has_jobs = has_jobs || purpose != Purpose::Run;
        let (engine, component) = with_room(engines, demand, has_jobs, compile)?;
        let linked = link(&engine, demand.concurrency, path, &component, imports)?;
        // The component was compiled, so it can be read.
        let surface = surface.map_err(|cause| Error::host_bug(cause.to_string()))?;
        let start = match purpose {
            Purpose::Run => main(path, &engine, &component, &surface, linked.clone())?,
            #[cfg(feature = "cluster")]
            Purpose::Jobs => Start::Jobs,
            Purpose::Serve => handler(path, &surface, &linked)?,
            Purpose::Call => Start::Functions,
        };
        let worker = worker(path, &engine, &component, &surface)?;
        Ok(Self {
            path: path.to_owned(),
            engine,
            linked,
            start,
            concurrency: demand.concurrency,
            worker,
            handler: surface.handler().map(str::to_owned),
            stack: engines.stack(),
            footprint: surface.size.bytes,
            makes_handles: surface.makes_handles,
            collects: surface.collects,
            #[cfg(feature = "cluster")]
            program: None,
        })
    }
}

/// Returns the error of an app that was not compiled.
fn not_compiled(path: &Path, cause: &wasmtime::Error) -> Error {
    match cause.downcast_ref() {
        Some(&NotCompiled::OutOfMemory(limit)) => Error::too_large_to_compile(path, limit),
        _ if failure::is_for_want_of_room(cause) => {
            Error::threads(format!("compile {}", path.display()), format_args!("{cause:#}"))
        }
        _ => Error::invalid_component(path, cause),
    }
}

/// Returns the main function of an app.
fn main(
    path: &Path,
    engine: &Engine,
    component: &Component,
    surface: &Surface,
    linked: InstancePre<State>,
) -> Result<Start, Error> {
    let run = surface.run().ok_or_else(|| Error::not_a_command(path, not_a_command(surface)))?;
    let wrong = |cause| Error::wrong_export(path, run, &cause);
    types::check_run(engine, component, run).map_err(wrong)?;
    let main = match surface.runs_concurrently() {
        false => CommandPre::new(linked).map(Start::Main),
        true => ConcurrentCommandPre::new(linked).map(Start::ConcurrentMain),
    };
    main.map_err(wrong)
}

/// Returns the handler of an app.
fn handler(path: &Path, surface: &Surface, linked: &InstancePre<State>) -> Result<Start, Error> {
    let handler = surface.handler().ok_or_else(|| Error::not_a_handler(path, not_a_handler(surface)))?;
    let indices = match surface.handles_concurrently() {
        false => ProxyIndices::new(linked).map(Start::Handler),
        true => ServiceIndices::new(linked).map(Start::ConcurrentHandler),
    };
    indices.map_err(|cause| Error::wrong_export(path, handler, &cause))
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
    compile: impl Fn(Demand, &Engine) -> Result<Component, Error>,
) -> Result<(Engine, Component), Error> {
    let engine = engines.get(demand)?;
    let component = compile(demand, &engine)?;
    // Only compiling shows how often each part occurs. With fewer instances, cores would have nothing to do.
    let instances = if has_jobs { engines.cores().saturating_add(1) } else { 1 };
    let Some(demand) = engines.exceeded(demand, &component, instances) else {
        return Ok((engine, component));
    };
    let engine = engines.get(demand)?;
    let component = compile(demand, &engine)?;
    Ok((engine, component))
}

/// Returns why an app with these imports and exports cannot run here, the most important reason first.
/// Imports that a plug needs are reported for the plug.
pub(crate) fn problems(
    path: &Path,
    surface: &Surface,
    of_plugs: &[(PathBuf, Vec<String>)],
    purpose: Purpose,
) -> Vec<Error> {
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
    match purpose {
        Purpose::Run if surface.run().is_none() => {
            problems.push(Error::not_a_command(path, not_a_command(surface)));
        }
        Purpose::Serve if surface.handler().is_none() => {
            problems.push(Error::not_a_handler(path, not_a_handler(surface)));
        }
        _ => {}
    }
    problems
}

fn link(
    engine: &Engine,
    concurrency: bool,
    path: &Path,
    component: &Component,
    own: Option<&Imports>,
) -> Result<InstancePre<State>, Error> {
    let linker = imports::linker::<State>(engine, concurrency);
    let mut linker = linker.map_err(|cause| Error::host_bug(cause.to_string()))?;
    if let Some(own) = own {
        own.link(&mut linker).map_err(|cause| Error::other_function("the imports of this program", cause))?;
    }
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
