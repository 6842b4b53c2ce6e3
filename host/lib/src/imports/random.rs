//! The host's side of `wasi:random` where a guest asks for many bytes.
//!
//! The bytes are made one by one, and the core can do nothing else meanwhile: 64 KiB take 0.15 ms. So they are
//! made in pieces of that size, between which the core serves its other guests. The bytes are charged until the
//! guest has them.

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;
use wasmtime_wasi::p2::bindings::random::{insecure, random};
use wasmtime_wasi::random::WasiRandomCtx;

use super::kept::KeptView;
use crate::job::account::{Charge, Denied};

/// The bytes that are made at a time.
pub(crate) const PIECE: u64 = 64 << 10;

/// Replaces functions of wasmtime-wasi with those of this module.
pub(super) fn add_to_linker<T: KeptView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    linker.instance("wasi:random/random@0.2.12")?.func_wrap_async(
        "get-random-bytes",
        |store: StoreContextMut<'_, T>, (len,): (u64,)| {
            Box::new(async move { Ok((bytes(store, len, random::Host::get_random_bytes).await?,)) })
        },
    )?;
    linker.instance("wasi:random/insecure@0.2.12")?.func_wrap_async(
        "get-insecure-random-bytes",
        |store: StoreContextMut<'_, T>, (len,): (u64,)| {
            let make = insecure::Host::get_insecure_random_bytes;
            Box::new(async move { Ok((bytes(store, len, make).await?,)) })
        },
    )
}

/// Makes this many bytes by calls of `make` for some at a time.
async fn bytes<T: KeptView + 'static>(
    mut store: StoreContextMut<'_, T>,
    len: u64,
    make: fn(&mut WasiRandomCtx, u64) -> wasmtime::Result<Vec<u8>>,
) -> wasmtime::Result<Vec<u8>> {
    let state = store.data_mut();
    let most = state.max_random();
    if len > most {
        wasmtime::bail!("asked for {len} random bytes, the limit is {most}");
    }
    if len <= PIECE {
        return make(state.random(), len);
    }
    let _charge = Charge::take(state.kept().0.account(), len).map_err(Denied)?;
    let mut bytes = Vec::with_capacity(usize::try_from(len)?);
    loop {
        let left = len - bytes.len() as u64;
        bytes.extend(make(state.random(), left.min(PIECE))?);
        if left <= PIECE {
            return Ok(bytes);
        }
        tokio::task::yield_now().await;
    }
}
