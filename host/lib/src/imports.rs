//! Everything that an app may import: WASI 0.2, `wasi:http` and `parallel:futures/jobs`.

pub(crate) mod files;
mod filesystem;
pub(crate) mod http;
mod io;
pub(crate) mod jobs;
mod sockets;
pub(crate) mod tcp;

use std::sync::Arc;

use wasmtime::Engine;
use wasmtime::component::Linker;
use wasmtime_wasi::{WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpView;

use crate::pending::Pending;
use crate::table::Table;
use files::FilesView;
use http::HttpView;
use jobs::JobsView;
use tcp::TcpView;

/// How to get at what the host keeps for an instance.
pub(crate) trait KeptView: Send {
    /// Its table, and the bytes that it has written.
    fn kept(&mut self) -> (&mut Table, &Arc<Pending>);

    /// Notes that the guest looks at what it waits for, and so wants to hear of timers and sockets.
    fn looks(&mut self);

    /// Its WASI, for a call that makes entries keep at most so many bytes more.
    fn wasi_up_to(&mut self, most: u64) -> WasiCtxView<'_>;
}

/// A linker with all imports, for any state that has what they need.
pub(crate) fn linker<T>(engine: &Engine) -> wasmtime::Result<Linker<T>>
where
    T: WasiView + FilesView + WasiHttpView + HttpView + JobsView + KeptView + TcpView + 'static,
{
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    // Each may take the place of what is there by then.
    linker.allow_shadowing(true);
    files::add_to_linker(&mut linker)?;
    io::add_to_linker(&mut linker)?;
    filesystem::add_to_linker(&mut linker)?;
    sockets::add_to_linker(&mut linker)?;
    tcp::add_to_linker(&mut linker)?;
    linker.allow_shadowing(false);
    http::add_to_linker(&mut linker)?;
    jobs::add_to_linker(&mut linker)?;
    Ok(linker)
}
