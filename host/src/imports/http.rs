//! The host's side of `wasi:http`: what an app asks of web servers.
//!
//! wasmtime-wasi-http does the work, with a connection and a TLS of the host's for each request.
//! Here is what there is instead where requests are not granted, and what the app is told when one
//! fails.

use std::io;
use std::sync::Once;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, ResourceTable};
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::{
    RequestOptions, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

/// The `wasi:http` of one instance. It is a number, so instances that never ask pay nothing.
#[derive(Default)]
pub(crate) struct HttpCtx {
    ctx: WasiHttpCtx,
    failures: Failures,
}

impl HttpCtx {
    pub(crate) fn view<'a>(&'a mut self, table: &'a mut ResourceTable) -> WasiHttpCtxView<'a> {
        WasiHttpCtxView { ctx: &mut self.ctx, hooks: &mut self.failures, table }
    }
}

/// Adds all of it, with requests that are denied unless they are granted.
pub(crate) fn add_to_linker<T>(linker: &mut Linker<T>, is_granted: bool) -> wasmtime::Result<()>
where
    T: WasiHttpView + 'static,
{
    types::add_to_linker::<T, WasiHttp>(linker, &LinkOptions::default().into(), T::http)?;
    if is_granted {
        return outgoing_handler::add_to_linker::<T, WasiHttp>(linker, T::http);
    }
    let told = Once::new();
    let mut handler = linker.instance("wasi:http/outgoing-handler@0.2.12")?;
    handler.func_wrap("handle", move |mut store: StoreContextMut<'_, T>, (request, _): Asked| {
        // What the app prints of it may be no more than that something failed.
        told.call_once(|| tracing::warn!("an HTTP request was denied; -S http grants them"));
        store.data_mut().http().table.delete(request)?;
        Ok((Answer::Err(ErrorCode::HttpRequestDenied),))
    })
}

/// What `outgoing-handler.handle` takes and returns.
type Asked = (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>);
type Answer = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;

/// What the app is told of requests that fail.
#[derive(Default)]
struct Failures;

impl WasiHttpHooks for Failures {
    fn p2_error_from_connect(&mut self, error: &io::Error) -> ErrorCode {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => ErrorCode::ConnectionRefused,
            io::ErrorKind::TimedOut => ErrorCode::ConnectionTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                ErrorCode::DestinationIpUnroutable
            }
            _ => ErrorCode::InternalError(Some(error.to_string())),
        }
    }

    fn p2_error_from_tls(&mut self, error: &io::Error) -> ErrorCode {
        // It says so only in words.
        if error.to_string().starts_with("invalid peer certificate") {
            ErrorCode::TlsCertificateError
        } else {
            ErrorCode::TlsProtocolError
        }
    }
}
