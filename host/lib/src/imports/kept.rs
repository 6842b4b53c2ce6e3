//! Access to what the host keeps for an instance, for the functions that an app imports.

use std::sync::Arc;

use wasmtime_wasi::WasiCtxView;
use wasmtime_wasi::random::WasiRandomCtx;
use wasmtime_wasi_config::WasiConfigVariables;

use super::access::Access;
use super::pending::Pending;
use super::table::Table;

/// Gives access to what the host keeps for an instance.
pub(crate) trait KeptView: Send {
    /// Returns the instance's table, and its bytes in flight.
    fn kept(&mut self) -> (&mut Table, &Arc<Pending>);

    /// Returns the grants of the run.
    fn access(&self) -> &Access;

    /// Returns the variables of `wasi:config`.
    fn variables(&self) -> &WasiConfigVariables;

    /// Returns the source of random bytes.
    fn random(&mut self) -> &mut WasiRandomCtx;

    /// Returns the most random bytes of one call.
    fn max_random(&self) -> u64;

    /// Notes that the guest polls, and so needs up-to-date timers and sockets.
    /// Returns whether the guest has had its core for a slice, and must let it run others first.
    fn looks(&mut self) -> bool;

    /// Returns the instance's WASI, for a call that makes its entries keep at most this many bytes more.
    fn wasi_up_to(&mut self, most: u64) -> WasiCtxView<'_>;
}
