//! The expansion of `#[guest_runtime::test]`: `block_on`, and a panic hook whose message is shown.

use std::future::Future;

use crate::block_on::block_on;
use crate::panic_hook;

/// Runs a test to completion.
#[track_caller]
pub fn run_test<F: Future>(test: F) -> F::Output {
    panic_hook::install();
    block_on(test)
}
