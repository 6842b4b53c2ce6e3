//! The call of the app's handler for one request: of WASI 0.2, or of 0.3 ([`concurrent`]).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use hyper::body::Body;
use tokio::sync::oneshot;
use wasmtime::{Store, component};
use wasmtime_wasi_http::p2::bindings::Proxy;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{Error, WasiHttpView as _};

use super::concurrent;
use super::response::{Answer, Answered};
use crate::exec::instance::Call;
use crate::load::compiled::{Compiled, Start};
use crate::store::handler::Handler as Found;
use crate::store::state::State;

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
            let Self { request, is_secure, answer } = *self;
            match find(store, app, instance)? {
                Found::Plain(proxy) => call(store, &proxy, request, is_secure, answer).await,
                Found::Concurrent(service) => {
                    concurrent::call(store, &service, request, is_secure, answer).await
                }
            }
        })
    }
}

/// Returns the handler of this instance, which is looked up once.
fn find(store: &mut Store<State>, app: &Compiled, instance: &component::Instance) -> wasmtime::Result<Found> {
    if let Some(found) = &store.data().handler {
        return Ok(found.clone());
    }
    let found = match &app.start {
        Start::Handler(handler) => Found::Plain(Arc::new(handler.load(&mut *store, instance)?)),
        Start::ConcurrentHandler(handler) => {
            Found::Concurrent(Arc::new(handler.load(&mut *store, instance)?))
        }
        _ => wasmtime::bail!("a bug of the host: the app was not loaded to serve"),
    };
    store.data_mut().handler = Some(found.clone());
    Ok(found)
}

/// Calls `wasi:http/incoming-handler` of WASI 0.2.
async fn call<B>(
    store: &mut Store<State>,
    proxy: &Proxy,
    request: Request<B>,
    is_secure: bool,
    answer: oneshot::Sender<Answer>,
) -> wasmtime::Result<()>
where
    B: Body<Data = Bytes, Error = Error> + Send + 'static,
{
    let scheme = if is_secure { Scheme::Https } else { Scheme::Http };
    let mut http = store.data_mut().http();
    let request = http.new_incoming_request(scheme, request)?;
    let answer = http.new_response_outparam_from_callback(move |answered| {
        let answered = answered.map(|response| Answered { response, sent: None });
        // If nothing waits for it, the client has left.
        _ = answer.send(answered.map_err(|code| format!("{code:?}")));
    })?;
    proxy.wasi_http_incoming_handler().call_handle(&mut *store, request, answer).await
}
