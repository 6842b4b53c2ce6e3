//! The expansion of `#[guest_runtime::main]`: `block_on`, and a note where there is no host.

use std::future::Future;

use crate::block_on::block_on;
use crate::panic_hook;

/// The environment variable that hides the note.
const NATIVE: &str = "GUEST_RUNTIME_NATIVE";

/// Runs the main function to completion.
#[track_caller]
pub fn run_main<F: Future>(main: F) -> F::Output {
    panic_hook::install();
    if !cfg!(target_family = "wasm") && std::env::var_os(NATIVE).is_none() {
        note();
    }
    block_on(main)
}

/// Says what a program lacks that was built for this machine by mistake. It works, but on one core.
#[expect(clippy::print_stderr, reason = "a program that seems to work shows the mistake nowhere else")]
fn note() {
    eprintln!(
        "note: this program was not built for wasm32-wasip2, so no host runs its jobs: they share one core, and \
         `.catch()` catches no panic ({NATIVE}=1 hides this note)"
    );
}
