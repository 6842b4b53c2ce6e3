//! Operations of wasmtime-wasi, run to completion on the current thread.

use futures_util::FutureExt as _;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::{Descriptor, WasiFilesystemCtx, WasiFilesystemCtxView};

/// Runs an operation of wasmtime-wasi on these descriptors, on the current thread.
pub(super) fn by_engine<const N: usize, R>(
    descriptors: [Descriptor; N],
    work: impl FnOnce(WasiFilesystemCtxView<'_>, [Resource<Descriptor>; N]) -> R,
) -> R {
    let (mut ctx, mut table) = (WasiFilesystemCtx::default(), ResourceTable::new());
    let descriptors = descriptors.map(|descriptor| table.push(descriptor).expect("an empty table has room"));
    work(WasiFilesystemCtxView { ctx: &mut ctx, table: &mut table }, descriptors)
}

/// Returns the result of an operation of wasmtime-wasi that blocks its thread, and so is ready at its first
/// poll.
pub(super) fn now<R>(done: impl Future<Output = R>) -> R {
    done.now_or_never().expect("an operation that blocks its thread is ready at once")
}
