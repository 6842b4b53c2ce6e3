//! The `host` command: exit codes and error texts, and nothing else.

mod cli;
mod log;

use std::process::ExitCode;

use cli::Command;

/// Set to anything but 0, the WebAssembly stack of a trap is shown.
///
/// Not `RUST_BACKTRACE`: a panic has told its place already, and its stack is mostly std's.
const BACKTRACE: &str = "HOST_BACKTRACE";

fn main() -> ExitCode {
    let Command::Run(config) = cli::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    log::init();
    match host::run(&config) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

#[expect(clippy::print_stderr, reason = "this is where errors are told")]
fn report(error: &host::Error) {
    // Who closed the pipe knows.
    if error.is_broken_pipe() {
        return;
    }
    if error.details().is_empty() {
        eprintln!("error: {error}");
    } else if std::env::var_os(BACKTRACE).is_some_and(|value| value != "0") {
        eprintln!("error: {error}\n{}", error.details());
    } else {
        eprintln!("error: {error} ({BACKTRACE}=1 shows where)");
    }
}
