//! The host's side of `wasi:sockets` where a table entry keeps much: datagrams and lookups.
//!
//! wasmtime-wasi implements the interface. TCP streams need nothing here: bytes that wait to be written are
//! charged as for every stream, and bytes that have arrived wait in the kernel.

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::WasiCtxView;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::Host as _;
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddressFamily, Network};
use wasmtime_wasi::p2::bindings::sockets::tcp_create_socket::Host as _;
use wasmtime_wasi::p2::bindings::sockets::udp_create_socket::Host as _;
use wasmtime_wasi::p2::bindings::sockets::{ip_name_lookup, udp};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsCtxView};

use super::access::Need;
use super::kept::KeptView;
use super::table::{DATAGRAMS, LOOKUP};

/// The most bytes of a host name, according to its standard.
const MAX_NAME: usize = 253;

/// Replaces functions of wasmtime-wasi with those of this module.
pub(super) fn add_to_linker<T: KeptView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    udp::add_to_linker::<T, WasiSockets>(linker, |state| sockets(state, 2 * DATAGRAMS))?;
    ip_name_lookup::add_to_linker::<T, WasiSockets>(linker, |state| sockets(state, 0))?;
    let mut lookup = linker.instance("wasi:sockets/ip-name-lookup@0.2.12")?;
    lookup.func_wrap("resolve-addresses", |mut store: StoreContextMut<'_, T>, (network, name): Asked| {
        if name.len() > MAX_NAME {
            return Ok((Err(ErrorCode::InvalidArgument),));
        }
        store.data().access().check(Need::Lookup);
        Ok((match sockets(store.data_mut(), LOOKUP).resolve_addresses(network, name) {
            Ok(addresses) => Ok(addresses),
            Err(error) => Err(error.downcast()?),
        },))
    })?;
    add_create(linker)
}

/// Adds the functions that create sockets, which wasmtime-wasi denies if the kind of socket is not granted.
fn add_create<T: KeptView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut tcp = linker.instance("wasi:sockets/tcp-create-socket@0.2.12")?;
    tcp.func_wrap(
        "create-tcp-socket",
        |mut store: StoreContextMut<'_, T>, (family,): (IpAddressFamily,)| {
            store.data().access().check(Need::Tcp);
            Ok((match sockets(store.data_mut(), 0).create_tcp_socket(family) {
                Ok(socket) => Ok(socket),
                Err(error) => Err(error.downcast()?),
            },))
        },
    )?;
    let mut udp = linker.instance("wasi:sockets/udp-create-socket@0.2.12")?;
    udp.func_wrap_async(
        "create-udp-socket",
        |mut store: StoreContextMut<'_, T>, (family,): (IpAddressFamily,)| {
            Box::new(async move {
                store.data().access().check(Need::Udp);
                Ok((match sockets(store.data_mut(), 0).create_udp_socket(family).await {
                    Ok(socket) => Ok(socket),
                    Err(error) => Err(error.downcast()?),
                },))
            })
        },
    )
}

/// The parameters of `resolve-addresses`.
type Asked = (Resource<Network>, String);

/// Returns the sockets of an instance, for a call that makes the host keep at most this many bytes more.
fn sockets<T: KeptView>(state: &mut T, most: u64) -> WasiSocketsCtxView<'_> {
    let WasiCtxView { ctx, table } = state.wasi_up_to(most);
    WasiSocketsCtxView { ctx: ctx.sockets(), table }
}
