//! What [`#[test]`](macro@crate::test) puts around a test: `block_on`, and a panic that can be seen.

use std::future::Future;
use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::block_on::block_on;

/// Runs a test to its end.
#[track_caller]
pub fn run_test<F: Future>(test: F) -> F::Output {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| std::panic::set_hook(Box::new(report)));
    block_on(test)
}

/// Says why a test failed, where it is seen.
///
/// The hook of std prints to where the test harness keeps what a test prints until it has ended.
/// On this target a test that panics never ends, and its message would go with the instance.
fn report(info: &PanicHookInfo<'_>) {
    // There is nobody else to tell.
    let _ = writeln!(std::io::stderr(), "\n{info}");
}
