//! What an app for WASI 0.3 may import in addition: the same system, by async functions and streams.
//!
//! wasmtime-wasi and wasmtime-wasi-http implement the interfaces, on the same grants as those of WASI 0.2. Files
//! are an exception: their directories are opened a second time, for descriptors whose operations never block
//! the core. Those of WASI 0.2 rely on operations that do, and move to threads themselves what may take long.

use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView};
use wasmtime_wasi::p3::bindings::filesystem::{preopens, types};
use wasmtime_wasi::p3::{cli, clocks, random, sockets};
use wasmtime_wasi_http::WasiHttpView;

/// Gives access to the files of an instance for WASI 0.3.
pub(crate) trait ConcurrentFilesView: Send {
    fn concurrent_files(&mut self) -> WasiFilesystemCtxView<'_>;
}

/// Adds the interfaces of WASI 0.3 to the linker, whose engine supports concurrency.
pub(super) fn add_to_linker<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
    T: WasiView + ConcurrentFilesView + WasiHttpView + 'static,
{
    cli::add_to_linker(linker)?;
    clocks::add_to_linker(linker)?;
    random::add_to_linker(linker)?;
    sockets::add_to_linker(linker)?;
    types::add_to_linker::<T, WasiFilesystem>(linker, T::concurrent_files)?;
    preopens::add_to_linker::<T, WasiFilesystem>(linker, T::concurrent_files)?;
    // Requests that are not granted are denied where they are sent.
    wasmtime_wasi_http::p3::add_to_linker(linker)
}
