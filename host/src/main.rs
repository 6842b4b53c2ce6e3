//! The `host` command: exit codes and error texts, and nothing else.

mod cli;

use std::process::ExitCode;

use cli::Command;

/// Set to anything but 0, the WebAssembly stack of a trap is shown.
///
/// Not `RUST_BACKTRACE`: a panic has told its place already, and its stack is mostly std's.
const BACKTRACE: &str = "HOST_BACKTRACE";

fn main() -> ExitCode {
    let Command::Run(config) = cli::parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    log();
    match host::run(&config) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

/// Warnings go to stderr, a line each; `HOST_LOG` shows more, or less.
fn log() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_env_var("HOST_LOG")
        .with_default_directive(tracing::Level::WARN.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
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
