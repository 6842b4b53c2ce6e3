//! Operations of WASI sockets, which start and finish in two calls.

use wasi::sockets::network::ErrorCode;

use crate::reactor::{Registration, Waiting};

/// Waits until an operation that was started on a socket has finished, and returns its result.
pub(super) async fn finish<T>(
    ready: &Registration,
    finish: impl Fn() -> Result<T, ErrorCode>,
) -> Result<T, ErrorCode> {
    loop {
        match finish() {
            Err(ErrorCode::WouldBlock) => Waiting::new(ready).await,
            result => return result,
        }
    }
}
