//! Everything that an app may import: WASI 0.2 and 0.3, `wasi:http` and `parallel:futures/jobs`.

pub(crate) mod access;
pub(crate) mod concurrent;
pub(crate) mod files;
mod filesystem;
pub(crate) mod http;
mod io;
pub(crate) mod jobs;
pub(crate) mod random;
mod sockets;
pub(crate) mod tcp;
pub(crate) mod keyvalue;
pub(crate) mod tls;
pub(crate) mod kept;
pub(crate) mod pending;
pub(crate) mod table;
#[cfg(test)]
pub(crate) mod planted;

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::WasiView;
use wasmtime_wasi::p2::bindings::LinkOptions;
use wasmtime_wasi_config::WasiConfig;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_tls::WasiTlsView;

use concurrent::ConcurrentFilesView;
use files::FilesView;
use http::HttpView;
use jobs::JobsView;
use kept::KeptView;
use keyvalue::KeyValueView;
use tcp::TcpView;

/// Creates a linker with all imports, for any state that implements the views they need. WASI 0.3 is among them
/// if the engine supports concurrency.
pub(crate) fn linker<T>(engine: &Engine, concurrency: bool) -> wasmtime::Result<Linker<T>>
where
    T: WasiView
        + FilesView
        + ConcurrentFilesView
        + WasiHttpView
        + HttpView
        + JobsView
        + KeptView
        + KeyValueView
        + TcpView
        + WasiTlsView
        + 'static,
{
    let mut linker = Linker::new(engine);
    // Functions that are not stable yet are there too. Nothing but an app that imports them notices.
    let mut unstable = LinkOptions::default();
    unstable.network_error_code(true);
    wasmtime_wasi::p2::add_to_linker_with_options_async(&mut linker, &unstable)?;
    // Each of these replaces functions that wasmtime-wasi has defined above.
    linker.allow_shadowing(true);
    files::add_to_linker(&mut linker)?;
    io::add_to_linker(&mut linker)?;
    random::add_to_linker(&mut linker)?;
    filesystem::add_to_linker(&mut linker)?;
    sockets::add_to_linker(&mut linker)?;
    tcp::add_to_linker(&mut linker)?;
    linker.allow_shadowing(false);
    http::add_to_linker(&mut linker)?;
    wasmtime_wasi_config::add_to_linker(&mut linker, |state: &mut T| WasiConfig::new(state.variables()))?;
    keyvalue::add_to_linker(&mut linker)?;
    tls::add_to_linker(&mut linker, concurrency)?;
    jobs::add_to_linker(&mut linker)?;
    if concurrency {
        concurrent::add_to_linker(&mut linker)?;
        jobs::concurrent::add_to_linker(&mut linker)?;
    }
    Ok(linker)
}
