//! The host's side of `wasi:http`: the requests that an app sends to web servers.
//!
//! wasmtime-wasi-http implements the interface, and [`send`] sends each request on a connection of its own. This
//! module denies requests that are not granted, turns failures into error codes for the app, and limits how much
//! the host keeps of each request ([`limits`]).

mod limits;
mod send;
mod connect;

use std::io;

use http::{Request, Response};
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};
use wasmtime_wasi_http::p2::types::{HostFutureIncomingResponse, HostOutgoingRequest};
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode as ErrorCode03;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttp, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use super::access::{Access, Need};
use super::table::{CONNECTION, Table, request};
use super::tls::Trust;

/// The most bytes of a request's body that the host copies at a time, for WASI 0.3.
const OUTGOING: usize = 64 << 10;

/// The `wasi:http` state of one instance. It is a few numbers, so instances that send no requests pay next to
/// nothing.
pub(crate) struct HttpCtx {
    ctx: WasiHttpCtx,
    hooks: Hooks,
    /// The most bytes that a call may make the table keep.
    most: u64,
}

impl HttpCtx {
    /// Creates the state of an instance, whose fields have at most this size.
    pub(crate) fn new(access: Access, trust: Trust, fields: usize) -> Self {
        let mut ctx = WasiHttpCtx::default();
        ctx.set_field_size_limit(fields);
        // Only a request that may be sent becomes a connection.
        let most = request(fields).max(if access.has(Need::Http) { CONNECTION } else { 0 });
        Self { ctx, hooks: Hooks { access, trust }, most }
    }

    pub(crate) fn view<'a>(&'a mut self, table: &'a mut Table) -> WasiHttpCtxView<'a> {
        let table = table.entries_up_to(self.most);
        WasiHttpCtxView { ctx: &mut self.ctx, hooks: &mut self.hooks, table }
    }
}

/// Gives access to the `wasi:http` state of an instance.
pub(crate) trait HttpView {
    fn http_ctx(&mut self) -> &mut HttpCtx;
}

/// Adds `wasi:http` to the linker, with requests that are denied unless they are granted.
pub(crate) fn add_to_linker<T>(linker: &mut Linker<T>) -> wasmtime::Result<()>
where
    T: WasiHttpView + HttpView + 'static,
{
    types::add_to_linker::<T, WasiHttp>(linker, &LinkOptions::default().into(), T::http)?;
    limits::add_to_linker(linker)?;
    let mut handler = linker.instance("wasi:http/outgoing-handler@0.2.12")?;
    handler.func_wrap("handle", |mut store: StoreContextMut<'_, T>, (request, options): Asked| {
        let state = store.data_mut();
        let may_send = state.http_ctx().hooks.access.check(Need::Http);
        let mut http = state.http();
        // The host owns the options now, and wasmtime-wasi-http leaves them in the table.
        let given = options.as_ref().map(|options| Resource::new_own(options.rep()));
        let answer = if may_send {
            match outgoing_handler::Host::handle(&mut http, request, options) {
                Ok(response) => Answer::Ok(response),
                Err(error) => Answer::Err(error.downcast()?),
            }
        } else {
            http.table.delete(request)?;
            Answer::Err(ErrorCode::HttpRequestDenied)
        };
        if let Some(given) = given {
            http.table.delete::<RequestOptions>(given)?;
        }
        Ok((answer,))
    })
}

/// The parameters and the result of `outgoing-handler.handle`.
type Asked = (Resource<HostOutgoingRequest>, Option<Resource<RequestOptions>>);
type Answer = Result<Resource<HostFutureIncomingResponse>, ErrorCode>;

/// What the app may send, and the error codes that it gets for failed requests.
struct Hooks {
    access: Access,
    trust: Trust,
}

/// A connection, which has to be polled until all of the response is received.
type Rest = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    // WASI 0.2 asks for the grant in `handle`, so only a request of WASI 0.3 can be denied here.
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _ended: Rest,
    ) -> Box<dyn Future<Output = Result<(Response<WasiBody>, Rest), Error>> + Send> {
        if !self.access.check(Need::Http) {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        }
        Box::new(send::send(request, options.unwrap_or_default(), self.trust.clone()))
    }

    fn p2_error_from_hyper(&mut self, error: &hyper::Error) -> ErrorCode {
        tracing::debug!("an exchange by HTTP failed: {error}");
        ErrorCode::HttpProtocolError
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        OUTGOING
    }

    fn p3_error_from_connect(&mut self, error: &io::Error) -> ErrorCode03 {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => ErrorCode03::ConnectionRefused,
            io::ErrorKind::TimedOut => ErrorCode03::ConnectionTimeout,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
                ErrorCode03::DestinationIpUnroutable
            }
            _ => ErrorCode03::InternalError(Some(error.to_string())),
        }
    }

    fn p3_error_from_tls(&mut self, error: &io::Error) -> ErrorCode03 {
        if is_of_certificate(error) {
            ErrorCode03::TlsCertificateError
        } else {
            ErrorCode03::TlsProtocolError
        }
    }

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
        if is_of_certificate(error) { ErrorCode::TlsCertificateError } else { ErrorCode::TlsProtocolError }
    }
}

/// Returns whether TLS has failed because of the server's certificate. The type of the error does not say so, only
/// its text.
fn is_of_certificate(error: &io::Error) -> bool {
    error.to_string().starts_with("invalid peer certificate")
}
