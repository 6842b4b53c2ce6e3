//! A plain wasmtime that links WASI 0.2 and nothing of this host.
//!
//! The output of `host compose --portable` runs on it as on any other runtime; the tests compare what the app
//! prints with what it prints under `host run`.
//!
//! ```sh
//! cargo run --release -p parallel-host --example plain_wasi -- app.wasm DIR ARGUMENTS..
//! ```
//!
//! The app gets DIR as its `/`, if that is not empty, and the network.

#![expect(clippy::print_stderr, reason = "a program's output")]

use std::process::ExitCode;

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, Error, Result, Store};
use wasmtime_wasi::p2::bindings::sync::Command;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView, default_hooks, p2};

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: default_hooks() }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => ExitCode::from(exit.0 as u8),
            None => {
                eprintln!("error: {error:?}");
                // The exit code after an abort.
                ExitCode::from(134)
            }
        },
    }
}

fn run() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(app), Some(dir)) = (args.next(), args.next()) else {
        return Err(Error::msg("name an app and its directory: plain_wasi APP.wasm DIR ARGUMENTS.."));
    };
    let mut wasi = WasiCtx::builder();
    wasi.inherit_stdio()
        .inherit_network()
        .allow_tcp(true)
        .allow_udp(true)
        .allow_ip_name_lookup(true)
        .arg(&app)
        .args(&args.collect::<Vec<_>>());
    if !dir.is_empty() {
        wasi.preopened_dir(dir, "/", FsPerms::ReadWrite)?;
    }

    let engine = Engine::default();
    let mut linker = Linker::new(&engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker)?;
    p2::add_only_http_to_linker_sync(&mut linker)?;
    let state = State { wasi: wasi.build(), http: WasiHttpCtx::new(), table: ResourceTable::new() };
    let mut store = Store::new(&engine, state);
    let component = Component::from_file(&engine, app)?;
    let command = Command::instantiate(&mut store, &component, &linker)?;
    let ended = command.wasi_cli_run().call_run(&mut store)?;
    ended.map_err(|()| I32Exit(1).into())
}
