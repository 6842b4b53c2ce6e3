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

/// Prints that the program was not built for WebAssembly, so that it runs on one core and catches no failures.
#[expect(clippy::print_stderr, reason = "a program that seems to work shows the mistake nowhere else")]
fn note() {
    eprintln!(
        "note: this program was not built for wasm32-wasip2, so no host runs its jobs: they share one core, and \
         `.catch()` catches no panic ({NATIVE}=1 hides this note)"
    );
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_program() {
        run_main(async {});
    }

    /// Runs the test above as a program.
    #[test]
    fn the_note_can_be_hidden() {
        for (value, is_shown) in [(None, true), (Some("1"), false)] {
            let mut program = Command::new(std::env::current_exe().unwrap());
            program.args(["--exact", "main_function::tests::a_program", "--nocapture"]).env_remove(NATIVE);
            program.envs(value.map(|value| (NATIVE, value)));
            let output = program.output().unwrap();
            assert!(output.status.success());
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(stderr.contains("so no host runs its jobs"), is_shown, "{stderr}");
        }
    }
}
