//! The expansion of `#[guest_runtime::test]`: `block_on`, and a panic hook whose message is shown.

use std::future::Future;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::block_on::block_on;

/// Runs a test to completion.
#[track_caller]
pub fn run_test<F: Future>(test: F) -> F::Output {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(report)));
    block_on(test)
}

/// Prints the message of a panic to stderr.
///
/// The hook of std prints into the buffer in which the test harness captures the output of a test until it
/// ends. On this target a test that panics never ends, and its message would be lost with the instance.
fn report(info: &PanicHookInfo<'_>) {
    // An error on stderr cannot be reported anywhere.
    let _ = writeln!(std::io::stderr(), "\n{info}");
}
