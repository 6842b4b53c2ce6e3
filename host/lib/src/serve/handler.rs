//! The call of `wasi:http/incoming-handler` for one request.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Body;
use tokio::sync::oneshot;
use wasmtime::{Store, component};
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::WasiHttpView as _;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;

use crate::exec::instance::Call;
use crate::load::compiled::{Compiled, Start};
use crate::store::state::State;

/// What the app answers.
pub(super) type Answer = Result<Response<HyperOutgoingBody>, ErrorCode>;

/// A request, and where its answer goes.
pub(super) struct Handler<B> {
    pub(super) request: Request<B>,
    pub(super) is_secure: bool,
    pub(super) answer: oneshot::Sender<Answer>,
}

impl<B> Call for Handler<B>
where
    B: Body<Data = Bytes, Error = Error> + Send + 'static,
{
    fn call<'a>(
        self: Box<Self>,
        store: &'a mut Store<State>,
        app: &'a Compiled,
        instance: &'a component::Instance,
    ) -> Pin<Box<dyn Future<Output = wasmtime::Result<()>> + Send + 'a>> {
        Box::pin(async move {
            let Start::Handler(handler) = &app.start else {
                wasmtime::bail!("a bug of the host: the app was not loaded to serve");
            };
            let proxy = handler.load(&mut *store, instance)?;
            let scheme = if self.is_secure { Scheme::Https } else { Scheme::Http };
            let mut http = store.data_mut().http();
            let request = http.new_incoming_request(scheme, self.request)?;
            let answer = http.new_response_outparam(self.answer)?;
            proxy.wasi_http_incoming_handler().call_handle(&mut *store, request, answer).await
        })
    }
}
