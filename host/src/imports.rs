//! Everything that an app may import: WASI 0.2, `wasi:http` and `parallel:futures/jobs`.

pub(crate) mod http;
pub(crate) mod jobs;

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;
use wasmtime_wasi_http::WasiHttpView;

use http::HttpView;
use jobs::JobsView;

/// A linker with all imports, for any state that has what they need.
pub(crate) fn linker<T>(engine: &Engine) -> wasmtime::Result<Linker<T>>
where
    T: WasiView + WasiHttpView + HttpView + JobsView + 'static,
{
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    http::add_to_linker(&mut linker)?;
    jobs::add_to_linker(&mut linker)?;
    Ok(linker)
}
