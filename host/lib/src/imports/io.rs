//! The host's side of `wasi:io` where a guest decides how much memory the host keeps.
//!
//! wasmtime-wasi-io implements the interface, and [`tcp`] the waiting for listeners. This module charges for
//! each call and bounds it.

use std::future::poll_fn;
use std::task::Poll;

use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, WasmList};
use wasmtime_wasi::p2::bindings::io::streams::StreamError;
use wasmtime_wasi::p2::{DynOutputStream, DynPollable, StreamError as Failed};

use super::kept::KeptView;
use super::tcp::{self, TcpView};
use crate::job::account::{Charge, Denied};

/// The most bytes that any stream permits to be written at once. A longer write is rejected before it is
/// copied.
const MAX_WRITE: usize = 1 << 20;

/// How many pollables of one list the price of an instance covers.
const FEW: usize = 64;

/// The bytes that each further pollable takes: its place in the list, a future with its timer, the state that
/// tells whether it is ready, and its borrowed handle.
const LISTED: u64 = 512;

/// Replaces functions of wasmtime-wasi with those of this module.
pub(super) fn add_to_linker<T: KeptView + TcpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut streams = linker.instance("wasi:io/streams@0.2.12")?;
    streams.func_wrap(
        "[method]output-stream.write",
        |store: StoreContextMut<'_, T>, (stream, bytes): Write| Ok((write(store, &stream, &bytes)?,)),
    )?;
    let mut poll = linker.instance("wasi:io/poll@0.2.12")?;
    poll.func_wrap_async(
        "poll",
        |mut store: StoreContextMut<'_, T>, (list,): (Vec<Resource<DynPollable>>,)| {
            Box::new(async move {
                let state = store.data_mut();
                if state.looks() {
                    pass().await;
                }
                let many = list.len().saturating_sub(FEW) as u64;
                let _charge = Charge::take(state.kept().0.account(), many * LISTED).map_err(Denied)?;
                Ok((tcp::poll(state, list).await?,))
            })
        },
    )
}

/// Suspends the guest until its core polls it again, as a guest that was woken.
///
/// Some guests find something ready whenever they poll, such as one whose jobs end faster than it takes their
/// results. Without this, its core would check timers and sockets only at the ticks of the guest.
async fn pass() {
    let mut is_first = true;
    poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// The parameters of `output-stream.write`.
type Write = (Resource<DynOutputStream>, WasmList<u8>);

/// Writes bytes to a stream, and charges for them until the last holder of the bytes drops them.
fn write<T: KeptView + 'static>(
    mut store: StoreContextMut<'_, T>,
    stream: &Resource<DynOutputStream>,
    bytes: &WasmList<u8>,
) -> wasmtime::Result<Result<(), StreamError>> {
    if bytes.len() > MAX_WRITE {
        wasmtime::bail!("wrote more than check-write permitted");
    }
    let bytes = bytes.as_le_slice(&store).to_vec();
    let (table, pending) = store.data_mut().kept();
    let bytes = pending.keep(bytes).map_err(Denied)?;
    let entries = table.entries();
    match entries.get_mut(stream)?.write(bytes) {
        Ok(()) => Ok(Ok(())),
        Err(Failed::Closed) => Ok(Err(StreamError::Closed)),
        Err(Failed::LastOperationFailed(error)) => {
            Ok(Err(StreamError::LastOperationFailed(entries.push(error)?)))
        }
        Err(Failed::Trap(error)) => Err(error),
    }
}
