//! An app: a file that has become a component, ready to be instantiated.

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::bindings::ParallelPre;
use crate::config::Cache;
use crate::state::State;
use crate::{Error, cache, file, imports};

/// The export by which a host runs a job.
const WORKER: &str = "parallel:futures/worker@0.1.0";

/// A compiled app and its two doors.
pub(crate) struct App {
    pub(crate) engine: Engine,
    /// `wasi:cli/run`, for main.
    pub(crate) command: CommandPre<State>,
    /// `worker`, for jobs. An app without it never uses `.par()`, or links no guest runtime.
    pub(crate) worker: Option<ParallelPre<State>>,
}

impl App {
    /// Reads and compiles an app, or takes it from the cache, and looks up what it imports.
    pub(crate) fn load(engine: &Engine, path: &Path, cache: &Cache) -> Result<Self, Error> {
        let bytes = file::read_app(path)?;
        file::check_component(path, &bytes)?;
        let compiled = cache::compile(engine, &bytes, cache);
        let compiled = compiled.map_err(|cause| Error::invalid_component(path, &cause))?;
        if let Some(warning) = compiled.warning {
            tracing::warn!("{warning}");
        }
        tracing::debug!("{} came from the {:?}", path.display(), compiled.origin);
        let component = compiled.component;
        let linked = link(engine, path, &component)?;
        let worker = match component.get_export_index(None, WORKER) {
            Some(_) => {
                let worker = ParallelPre::new(linked.clone());
                Some(worker.map_err(|cause| Error::wrong_export(path, WORKER, &cause))?)
            }
            None => None,
        };
        let command = CommandPre::new(linked).map_err(|_| Error::no_run_export(path))?;
        Ok(Self { engine: engine.clone(), command, worker })
    }
}

fn link(engine: &Engine, path: &Path, component: &Component) -> Result<InstancePre<State>, Error> {
    let linker = imports::linker::<State>(engine).map_err(|cause| Error::host_bug(cause.to_string()))?;
    linker.instantiate_pre(component).map_err(|cause| match missing_import(&cause) {
        Some(import) => Error::missing_imports(path, vec![import]),
        None => Error::invalid_component(path, &cause),
    })
}

/// The import that the engine misses. It says so only in words, and names the first.
fn missing_import(cause: &wasmtime::Error) -> Option<String> {
    let text = format!("{cause:#}");
    let (before, _) = text.split_once("matching implementation was not found")?;
    Some(before.split('`').nth(1)?.to_owned())
}
