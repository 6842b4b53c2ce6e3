//! What the host keeps for an instance, as the functions see it that an app imports.

use std::sync::Arc;

use wasmtime_wasi::WasiCtxView;

use super::pending::Pending;
use super::table::Table;

/// How to get at what the host keeps for an instance.
pub(crate) trait KeptView: Send {
    /// Its table, and the bytes that it has written.
    fn kept(&mut self) -> (&mut Table, &Arc<Pending>);

    /// Notes that the guest looks at what it waits for, and so wants to hear of timers and sockets.
    fn looks(&mut self);

    /// Its WASI, for a call that makes entries keep at most so many bytes more.
    fn wasi_up_to(&mut self, most: u64) -> WasiCtxView<'_>;
}
