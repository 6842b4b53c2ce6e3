//! The host's side of `wasi:io` where a guest decides how much memory the host keeps.
//!
//! wasmtime-wasi-io implements the interface, and [`tcp`] the waiting for listeners. This module charges for
//! each call and bounds it.

use std::future::poll_fn;
use std::task::Poll;

use bytes::Bytes;
use wasmtime::StoreContextMut;
use wasmtime::component::{Linker, Resource, WasmList};
use wasmtime_wasi::p2::bindings::io::streams::StreamError;
use wasmtime_wasi::p2::{DynOutputStream, DynPollable, StreamError as Failed, StreamResult};

use super::kept::KeptView;
use super::tcp::{self, TcpView};
use crate::job::account::{Charge, Denied};
use crate::stdio::refusal::Full;

/// The most bytes of a write that the host has at a time. It passes a longer write in pieces of this size, and
/// waits until each is written, as wasmtime waits for the whole. An instance always has the memory for one piece.
const PIECE: usize = 64 << 10;

/// The zeroes of a piece.
const ZEROES: &[u8] = &[0; PIECE];

/// How many pollables of one list the price of an instance covers.
const FEW: usize = 64;

/// The bytes that each further pollable takes: its place in the list, a future with its timer, the state that
/// tells whether it is ready, and its borrowed handle.
const LISTED: u64 = 512;

/// Replaces functions of wasmtime-wasi with those of this module.
pub(super) fn add_to_linker<T: KeptView + TcpView + 'static>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut streams = linker.instance("wasi:io/streams@0.2.12")?;
    streams.func_wrap_async(
        "[method]output-stream.write",
        |store: StoreContextMut<'_, T>, (stream, bytes): Write| {
            Box::new(async move { Ok((write(store, &stream, &bytes).await?,)) })
        },
    )?;
    streams.func_wrap_async(
        "[method]output-stream.write-zeroes",
        |store: StoreContextMut<'_, T>, (stream, len): (Resource<DynOutputStream>, u64)| {
            Box::new(async move { Ok((write_zeroes(store, &stream, len).await?,)) })
        },
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
async fn write<T: KeptView + 'static>(
    mut store: StoreContextMut<'_, T>,
    stream: &Resource<DynOutputStream>,
    bytes: &WasmList<u8>,
) -> wasmtime::Result<Result<(), StreamError>> {
    let (len, mut start) = (bytes.len(), 0);
    loop {
        let end = len.min(start + PIECE);
        let piece = bytes.as_le_slice(&store)[start..end].to_vec();
        let state = store.data_mut();
        let piece = state.kept().1.keep(piece).map_err(Denied)?;
        if let Err(error) = write_piece(state, stream, piece, end < len).await {
            return told(state, error);
        }
        if end == len {
            return Ok(Ok(()));
        }
        start = end;
    }
}

/// Writes zeroes to a stream.
async fn write_zeroes<T: KeptView + 'static>(
    mut store: StoreContextMut<'_, T>,
    stream: &Resource<DynOutputStream>,
    len: u64,
) -> wasmtime::Result<Result<(), StreamError>> {
    let (state, mut left) = (store.data_mut(), len);
    loop {
        let piece = &ZEROES[..usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
        left -= piece.len() as u64;
        if let Err(error) = write_piece(state, stream, Bytes::from_static(piece), left > 0).await {
            return told(state, error);
        }
        if left == 0 {
            return Ok(Ok(()));
        }
    }
}

/// Writes a piece of a write. If another follows, waits until this one is written.
///
/// Stdout and stderr accept a write without a permit, as wasmtime's do, and their guest waits until there is room.
async fn write_piece<T: KeptView>(
    state: &mut T,
    stream: &Resource<DynOutputStream>,
    piece: Bytes,
    is_followed: bool,
) -> StreamResult<()> {
    let stream = state.kept().0.entries().get_mut(stream)?;
    loop {
        match stream.write(piece.clone()) {
            Err(Failed::Trap(error)) if error.is::<Full>() => stream.ready().await,
            written => break written?,
        }
    }
    if is_followed {
        stream.flush()?;
        stream.write_ready().await?;
        // The core has others to serve.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Returns the error of a stream as the guest gets it.
fn told<T: KeptView>(state: &mut T, error: Failed) -> wasmtime::Result<Result<(), StreamError>> {
    match error {
        Failed::Closed => Ok(Err(StreamError::Closed)),
        Failed::LastOperationFailed(error) => {
            Ok(Err(StreamError::LastOperationFailed(state.kept().0.entries().push(error)?)))
        }
        Failed::Trap(error) => Err(error),
    }
}
