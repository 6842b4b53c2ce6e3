//! The weights of table entries that may keep much, or that vary in size.
//!
//! Entries of other types are paid for by their number alone. Bytes in flight are not weighed here: they have a
//! charge of their own ([`Pending`](crate::imports::pending::Pending)).

use std::any::Any;

use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::ResolveAddressStream;
use wasmtime_wasi::p2::bindings::sockets::udp::{IncomingDatagramStream, OutgoingDatagramStream};
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::bindings::http::types::Method;
use wasmtime_wasi_http::p2::body::{HostFutureTrailers, HostIncomingBody, HostOutgoingBody};
use wasmtime_wasi_http::p2::types::{
    HostFutureIncomingResponse, HostIncomingResponse, HostOutgoingRequest, HostOutgoingResponse,
};
use wasmtime_wasi_http::p3;

/// Returns the most bytes that a call adds to a request that is not sent: its path, or fields of at most this size,
/// as the engine counts it. They take four times as much if each field is empty.
pub(crate) fn request(fields: usize) -> u64 {
    4 * fields as u64 + (64 << 10)
}

/// The weight of a body to be sent: two channels, and the trailers.
const BODY: u64 = 8 << 10;

/// The weight of a connection to a web server: its buffers, and a TLS session.
pub(crate) const CONNECTION: u64 = 512 << 10;

/// The weight of a datagram that is being received or sent, for each direction.
pub(crate) const DATAGRAMS: u64 = 68 << 10;

/// The weight of a name lookup, which has a thread.
pub(crate) const LOOKUP: u64 = 128 << 10;

/// Returns the bytes that an entry takes besides those that every entry takes.
pub(super) fn of(entry: &dyn Any) -> u64 {
    if let Some(map) = entry.downcast_ref() {
        fields(map)
    } else if let Some(request) = entry.downcast_ref() {
        of_request(request)
    } else if let Some(HostOutgoingResponse { headers, body, .. }) = entry.downcast_ref() {
        fields(headers) + body.as_ref().map_or(0, |_| BODY)
    } else if let Some(p3::Request { headers, .. }) = entry.downcast_ref() {
        fields(headers) + BODY
    } else if let Some(p3::Response { headers, .. }) = entry.downcast_ref() {
        fields(headers) + BODY
    } else if entry.is::<HostOutgoingBody>() {
        BODY
    } else if let Some(future) = entry.downcast_ref() {
        match future {
            HostFutureIncomingResponse::Consumed => 0,
            HostFutureIncomingResponse::Pending(_) | HostFutureIncomingResponse::Ready(_) => CONNECTION,
        }
    } else if let Some(HostIncomingResponse { headers, body, .. }) = entry.downcast_ref() {
        fields(headers) + body.as_ref().map_or(0, |_| CONNECTION)
    } else if entry.is::<HostIncomingBody>() || entry.is::<HostFutureTrailers>() {
        CONNECTION
    } else if entry.is::<IncomingDatagramStream>() || entry.is::<OutgoingDatagramStream>() {
        DATAGRAMS
    } else if entry.is::<ResolveAddressStream>() {
        LOOKUP
    } else {
        0
    }
}

fn of_request(request: &HostOutgoingRequest) -> u64 {
    let HostOutgoingRequest { method, authority, path_with_query, headers, body, .. } = request;
    let method = if let Method::Other(method) = method { method.len() } else { 0 };
    let texts = [authority, path_with_query].into_iter().flatten().map(String::len);
    let texts = texts.sum::<usize>() + method;
    allocated(texts) + fields(headers) + body.as_ref().map_or(0, |_| BODY)
}

/// Returns the bytes that fields take.
///
/// Each name takes a bucket and a place in the index. Each further value of a name takes a link of a list. Both
/// are in vectors that grow by doubling. The bytes of each name and value are allocated separately.
fn fields(map: &FieldMap) -> u64 {
    const NAME: usize = 128;
    const VALUE: usize = 144;
    const ALLOCATED: usize = 16;
    let bytes = map.iter().map(|(name, value)| {
        // The iterator repeats a name for each of its values; the map stores it once.
        name.as_str().len() + value.len() + 2 * ALLOCATED
    });
    let further = map.len() - map.keys_len();
    allocated(map.capacity() * NAME + further * VALUE + bytes.sum::<usize>())
}

/// Returns the memory that this many bytes take from an allocator, which rounds up.
fn allocated(bytes: usize) -> u64 {
    (bytes + bytes / 8) as u64
}
