//! The filter with a bare engine, on a pool of threads that is written by hand.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use host::wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use host::wasmtime::{self, Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::BATCH;
use crate::record::Entry;

/// What the plugin's standard library imports.
#[derive(Default)]
struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// Counts the records that the plugin keeps. Nothing ends a call that loops.
pub(crate) fn filter(plugin: &Path, entries: &[Entry], threads: usize) -> Result<usize, Box<dyn Error>> {
    let engine = Engine::default();
    let component = Component::from_file(&engine, plugin)?;
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    let plugin = linker.instantiate_pre(&component)?;
    let next = AtomicUsize::new(0);
    let count = || count(&plugin, entries, &next);
    let counts = thread::scope(|scope| {
        let workers = (0..threads).map(|_| scope.spawn(count)).collect::<Vec<_>>();
        let ended = workers.into_iter().map(|worker| worker.join().map_err(|_| "a thread panicked"));
        ended.collect::<Result<Vec<_>, _>>()
    })?;
    Ok(counts.into_iter().sum::<wasmtime::Result<usize>>()?)
}

/// Takes one batch after another, until there is none, and calls one instance with each.
fn count(plugin: &InstancePre<State>, entries: &[Entry], next: &AtomicUsize) -> wasmtime::Result<usize> {
    let mut store = Store::new(plugin.engine(), State::default());
    let instance = plugin.instantiate(&mut store)?;
    let interface = instance.get_export_index(&mut store, None, "demo:records/filter@0.1.0");
    let keep =
        interface.and_then(|interface| instance.get_export_index(&mut store, Some(&interface), "keep"));
    let keep = keep.ok_or_else(|| wasmtime::Error::msg("the plugin has no filter"))?;
    let keep = instance.get_typed_func::<(&[Entry],), (Vec<bool>,)>(&mut store, keep)?;
    let mut sum = 0;
    while let Some(batch) = entries.chunks(BATCH).nth(next.fetch_add(1, Ordering::Relaxed)) {
        let (kept,) = keep.call(&mut store, (batch,))?;
        sum += kept.into_iter().filter(|kept| *kept).count();
    }
    Ok(sum)
}
