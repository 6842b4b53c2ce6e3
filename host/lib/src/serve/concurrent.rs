//! The call of `wasi:http/handler` of WASI 0.3: an async function that returns the response while it goes on to
//! write the body.
//!
//! The engine ends the body of a response when the handler closes it, but also when the handler traps or is stopped.
//! In the latter case, a client has to see that it is cut short ([`Whole`]).

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{Request, Uri};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use wasmtime::Store;
use wasmtime_wasi_http::p3::bindings::Service;
use wasmtime_wasi_http::p3::{Request as Incoming, Response};
use wasmtime_wasi_http::{Error, FieldMap, WasiBody, WasiHttpHooks, WasiHttpView as _};

use super::response::{Answer, Answered};
use crate::store::state::State;

/// Calls the handler, and waits until nothing of the call is left.
pub(super) async fn call<B>(
    store: &mut Store<State>,
    service: &Service,
    request: Request<B>,
    is_secure: bool,
    answer: oneshot::Sender<Answer>,
) -> wasmtime::Result<()>
where
    B: Body<Data = Bytes, Error = Error> + Send + 'static,
{
    let request = incoming(store.data_mut().http().hooks, request, is_secure);
    // Dropped before the store, which ends the body.
    let mut cutting = Cutting { is_cut: Arc::default(), ends_well: false };
    let is_cut = Arc::clone(&cutting.is_cut);
    let called = store.run_concurrent(async move |accessor| {
        let answered = match service.handle(accessor, request).await? {
            Ok(response) => {
                let (sent, is_sent) = oneshot::channel();
                let is_sent = async { is_sent.await.map_err(|_| Error::ConnectionTerminated) };
                let response = accessor.with(|store| Response::into_http(response, store, is_sent))?;
                let response = response.map(|body| Whole { body, is_cut }.boxed_unsync());
                Ok(Answered { response, sent: Some(sent) })
            }
            Err(code) => Err(format!("{code:?}")),
        };
        // If nothing waits for it, the client has left.
        _ = answer.send(answered);
        // The body, and what the handler does after its response.
        poll_fn(|context| accessor.poll_no_interesting_tasks(context)).await;
        Ok(())
    });
    let ended = called.await.flatten();
    cutting.ends_well = ended.is_ok();
    ended
}

/// Returns the request as the handler gets it.
fn incoming<B>(hooks: &mut dyn WasiHttpHooks, request: Request<B>, is_secure: bool) -> Incoming
where
    B: Body<Data = Bytes, Error = Error> + Send + 'static,
{
    let (head, body) = request.into_parts();
    let scheme = if is_secure { Scheme::HTTPS } else { Scheme::HTTP };
    let authority = head.uri.authority().cloned().or_else(|| {
        // It has been checked, but may be empty.
        Authority::try_from(head.headers.get(HOST)?.as_bytes()).ok()
    });
    let path = Uri::into_parts(head.uri).path_and_query;
    let headers = FieldMap::new_immutable(hooks, head.headers);
    // What the handler reports about the body of the request concerns no one else.
    let (request, _reported) = Incoming::new(head.method, Some(scheme), authority, path, headers, None, body);
    request
}

/// Marks the body of a response as cut short when it is dropped, unless the call has ended well.
struct Cutting {
    is_cut: Arc<AtomicBool>,
    ends_well: bool,
}

impl Drop for Cutting {
    fn drop(&mut self) {
        if !self.ends_well {
            self.is_cut.store(true, Ordering::Release);
        }
    }
}

/// The body of a response, whose end is an error if the call did not end well.
struct Whole {
    body: WasiBody,
    is_cut: Arc<AtomicBool>,
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if frame.is_none() && self.is_cut.load(Ordering::Acquire) {
            return Poll::Ready(Some(Err(Error::HttpResponseIncomplete)));
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream() && !self.is_cut.load(Ordering::Acquire)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
