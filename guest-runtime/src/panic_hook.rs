//! The panic hook of programs and tests: location and message on stderr, and no more.
//!
//! The hook of std advises to set `RUST_BACKTRACE`, which has no effect in a component: std finds no frames
//! there. It also prints into the buffer in which the test harness captures the output of a test until it ends.
//! A test that panics never ends on this target, and the message would be lost with the instance.
//!
//! The panic of a failure that was not caught is raised in this crate, so the location of the call is printed.

use std::io::Write;
use std::panic::PanicHookInfo;
use std::sync::Once;

use crate::{failure, host};

/// Replaces the hook of std in a component, once. Natively that has a backtrace and is kept.
pub(crate) fn install() {
    static HOOK: Once = Once::new();
    if cfg!(target_family = "wasm") {
        HOOK.call_once(|| std::panic::set_hook(Box::new(report)));
    }
}

fn report(info: &PanicHookInfo<'_>) {
    let uncaught = failure::take_uncaught();
    // The call of the job whose failure was not caught.
    let place = uncaught
        .as_ref()
        .and_then(|panic| panic.through.last().map_or(panic.place.as_ref(), |call| call.place.as_ref()));
    let mut stderr = std::io::stderr();
    // There is no other place to report an error to.
    let _ = match (place, info.payload_as_str()) {
        (Some(place), Some(text)) => writeln!(stderr, "\npanicked at {place}:\n{text}"),
        _ => writeln!(stderr, "\n{info}"),
    };
    // The host shows the stack of the job.
    if let Some(panic) = uncaught {
        host::report_panic(panic);
    }
}
