//! The handler of HTTP requests that an instance exports. It is looked up at the first request, which takes as long as
//! to call it, and kept for further ones.

use std::sync::Arc;

use wasmtime_wasi_http::p2::bindings::Proxy;
use wasmtime_wasi_http::p3::bindings::Service;

/// The handler of one instance.
#[derive(Clone)]
pub(crate) enum Handler {
    /// That of WASI 0.2.
    Plain(Arc<Proxy>),
    /// That of WASI 0.3.
    Concurrent(Arc<Service>),
}
