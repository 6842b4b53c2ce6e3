//! Limits on how much the host keeps of a request that an app makes, whether the app may send it or not.
//!
//! The table weighs requests and fields before each call of `wasi:http/types`, and the call must add no more
//! than was paid for. wasmtime-wasi-http limits fields and paths, and this module limits every other string.
//! Bytes of a body that wait to be sent are charged as in every stream.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::types::{
    ErrorCode, HostOutgoingBody as _, HostOutgoingRequest as _, Method,
};
use wasmtime_wasi_http::p2::body::HostOutgoingBody;
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;
use wasmtime_wasi_http::{FieldMap, WasiHttpCtxView, WasiHttpView};

/// The most bytes of the name of a method, and of an authority: a user's name, a host, and a port.
const MAX_METHOD: usize = 256;
const MAX_AUTHORITY: usize = 1 << 10;

/// The most bytes of trailers. Most trailers are a checksum or a status.
const MAX_TRAILERS: usize = 4 << 10;

/// The bytes that a header counts besides its name and value, as wasmtime-wasi-http counts them.
const HEADER: usize = 72;

/// Replaces functions of wasmtime-wasi-http with those of this module.
pub(super) fn add_to_linker<T: WasiHttpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.allow_shadowing(true);
    let added = linker.instance("wasi:http/types@0.2.12").and_then(|mut types| {
        types.func_wrap(
            "[method]outgoing-request.set-method",
            |mut store: StoreContextMut<'_, T>, (this, method)| {
                let this: Resource<HostOutgoingRequest> = this;
                let is_long = matches!(&method, Method::Other(name) if name.len() > MAX_METHOD);
                Ok((if is_long { Err(()) } else { store.data_mut().http().set_method(this, method)? },))
            },
        )?;
        types.func_wrap(
            "[method]outgoing-request.set-authority",
            |mut store: StoreContextMut<'_, T>, (this, authority)| {
                let (this, authority): (Resource<HostOutgoingRequest>, Option<String>) = (this, authority);
                let is_long = authority.as_ref().is_some_and(|authority| authority.len() > MAX_AUTHORITY);
                Ok((if is_long {
                    Err(())
                } else {
                    store.data_mut().http().set_authority(this, authority)?
                },))
            },
        )?;
        types.func_wrap(
            "[static]outgoing-body.finish",
            |mut store: StoreContextMut<'_, T>, (this, trailers)| {
                Ok((finish(&mut store.data_mut().http(), this, trailers)?,))
            },
        )
    });
    linker.allow_shadowing(false);
    added
}

/// Ends a body, with trailers if these are not too long. If they are too long, aborts the body, as if the guest
/// had dropped it.
fn finish(
    http: &mut WasiHttpCtxView<'_>,
    this: Resource<HostOutgoingBody>,
    trailers: Option<Resource<FieldMap>>,
) -> wasmtime::Result<Result<(), ErrorCode>> {
    if let Some(given) = &trailers {
        let trailers = http.table.get(given)?.iter();
        let bytes = trailers.map(|(name, value)| name.as_str().len() + value.len() + HEADER).sum::<usize>();
        if bytes > MAX_TRAILERS {
            http.table.delete::<FieldMap>(Resource::new_own(given.rep()))?;
            http.table.delete(this)?.abort();
            return Ok(Err(ErrorCode::HttpRequestTrailerSectionSize(u32::try_from(bytes).ok())));
        }
    }
    match http.finish(this, trailers) {
        Ok(()) => Ok(Ok(())),
        Err(error) => Ok(Err(error.downcast()?)),
    }
}
