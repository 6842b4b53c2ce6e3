//! Everything that an app may import: WASI 0.2 and `parallel:futures/jobs`.

pub(crate) mod jobs;

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;

use jobs::JobsView;

/// A linker with all imports, for any state that has what they need.
pub(crate) fn linker<T: WasiView + JobsView + 'static>(engine: &Engine) -> wasmtime::Result<Linker<T>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    jobs::add_to_linker(&mut linker)?;
    Ok(linker)
}
