//! Operations of wasmtime-wasi, run to completion on the current thread.

use std::pin::pin;

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
///
/// A guest can pass a descriptor that it has from WASI 0.3 as one of 0.2. Its operations run on threads, and this
/// waits for them.
pub(super) fn now<R>(done: impl Future<Output = R>) -> R {
    let mut done = pin!(done);
    done.as_mut().now_or_never().unwrap_or_else(|| futures_executor::block_on(done))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::task::{Poll, Waker};
    use std::thread::spawn;

    use super::*;

    /// A guest could make the host panic.
    #[test]
    fn an_operation_on_a_thread_is_waited_for() {
        assert_eq!(now(async { 1 }), 1);
        let (send, wakers) = channel::<Waker>();
        let waking = spawn(move || wakers.into_iter().for_each(Waker::wake));
        let mut polls = 0;
        let done = std::future::poll_fn(move |context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(2);
            }
            _ = send.send(context.waker().clone());
            Poll::Pending
        });
        assert_eq!(now(done), 2);
        waking.join().unwrap();
    }
}
