//! An app: a file that has become a component, ready to be instantiated in any run.

mod types;

use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::{Component, InstancePre};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::bindings::ParallelPre;
use crate::compose::{Composed, Composition};
use crate::config::Cache;
use crate::state::State;
use crate::{Error, cache, imports};

/// The export that is main, up to its version.
const RUN: &str = "wasi:cli/run@0.2.";

/// The export by which a host runs a job, up to its version.
const WORKER: &str = "parallel:futures/worker@0.1.";

/// A compiled app and its two doors.
pub(crate) struct Compiled {
    pub(crate) path: PathBuf,
    pub(crate) engine: Engine,
    /// `wasi:cli/run`, for main.
    pub(crate) command: CommandPre<State>,
    /// `worker`, for jobs. An app without it never uses `.par()`, or links no guest runtime.
    pub(crate) worker: Option<ParallelPre<State>>,
}

impl Compiled {
    /// Composes and compiles an app, or takes it from the cache, and looks up what it imports.
    pub(crate) fn load(engine: &Engine, composition: &Composition, cache: &Cache) -> Result<Self, Error> {
        let path = composition.app();
        let composed = composition.compose()?;
        let compiled = cache::compile(engine, &composed.bytes, cache);
        let compiled = compiled.map_err(|cause| Error::invalid_component(path, &cause))?;
        if let Some(warning) = compiled.warning {
            tracing::warn!("{warning}");
        }
        tracing::debug!("{} came from the {:?}", path.display(), compiled.origin);
        let component = compiled.component;
        let linked = link(engine, path, &component, &composed)?;
        let run = types::find_export(engine, &component, RUN).ok_or_else(|| Error::no_run_export(path))?;
        types::check_run(engine, &component, &run)
            .map_err(|cause| Error::wrong_export(path, &run, &cause))?;
        let worker = match types::find_export(engine, &component, WORKER) {
            Some(worker) => {
                let wrong = |cause| Error::wrong_export(path, &worker, &cause);
                types::check_worker(engine, &component, &worker).map_err(wrong)?;
                Some(ParallelPre::new(linked.clone()).map_err(wrong)?)
            }
            None => None,
        };
        let command = CommandPre::new(linked).map_err(|cause| Error::wrong_export(path, &run, &cause))?;
        Ok(Self { path: path.to_owned(), engine: engine.clone(), command, worker })
    }
}

fn link(
    engine: &Engine,
    path: &Path,
    component: &Component,
    composed: &Composed,
) -> Result<InstancePre<State>, Error> {
    let mut foreign = types::foreign_imports(engine, component);
    if let Some(first) = foreign.first() {
        // One part is named, with all that it misses.
        let plug = composed.plug_that_imports(first).map(Path::to_owned);
        foreign.retain(|import| composed.plug_that_imports(import) == plug.as_deref());
        return Err(Error::missing_imports(plug.as_deref().unwrap_or(path), foreign));
    }
    let linker = imports::linker::<State>(engine);
    let linker = linker.map_err(|cause| Error::host_bug(cause.to_string()))?;
    linker.instantiate_pre(component).map_err(|cause| match missing_import(&cause) {
        Some(import) => Error::missing_imports(path, vec![import]),
        None => Error::invalid_component(path, &cause),
    })
}

/// The import of a package of ours that the engine misses. It says so only in words.
fn missing_import(cause: &wasmtime::Error) -> Option<String> {
    let text = format!("{cause:#}");
    let (before, _) = text.split_once("matching implementation was not found")?;
    Some(before.split('`').nth(1)?.to_owned())
}
