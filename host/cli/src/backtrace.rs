//! Whether the error of a trap is printed with the WebAssembly stack.

/// The environment variable that makes the host print the WebAssembly stack of a trap; 0 means off.
///
/// It is not `RUST_BACKTRACE`: a panic has printed its location already, and its stack is mostly std's.
pub(crate) const BACKTRACE: &str = "HOST_BACKTRACE";

/// Returns whether the stack of a trap is to be printed.
pub(crate) fn shows_backtraces() -> bool {
    std::env::var_os(BACKTRACE).is_some_and(|value| value != "0")
}
