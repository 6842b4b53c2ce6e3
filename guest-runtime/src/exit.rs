//! Ending the program with an exit code.

use std::io::Write;

/// Ends the program with this exit code, after flushing stdout. Destructors do not run.
///
/// `std::process::exit` can only report success or failure on this target: every code but 0 becomes 1. This
/// function passes the code on.
///
/// In a job it ends the job, whose [`Failure`](crate::Failure) is then `Exited`. [Without a
/// host](crate#without-a-host) it ends the program.
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
    // The program ends, so an error cannot be reported.
    let _ = std::io::stdout().flush();
    wasi::cli::exit::exit_with_code(code);
    unreachable!("the host ended this instance")
}
