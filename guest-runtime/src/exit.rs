//! Ends the program with a code of its own.

use std::io::Write;

/// Ends the program with this exit code, after flushing stdout. Destructors do not run.
///
/// `std::process::exit` of this toolchain can only tell the host of success or failure: every
/// code but 0 arrives as 1. This one arrives as it is.
///
/// In a job it ends the job, whose [`Failure`](crate::Failure) is then `Exited`. [Without a
/// host](crate#without-a-host) it ends the program there, too.
///
/// # Examples
///
/// ```no_run
/// # let found = false;
/// if !found {
///     guest_runtime::exit(3);
/// }
/// ```
pub fn exit(code: u8) -> ! {
    // Nobody is left to whom a failure to write could be told.
    let _ = std::io::stdout().flush();
    wasi::cli::exit::exit_with_code(code);
    unreachable!("the host ended this instance")
}
