//! The `host` command: exit codes and error texts, and nothing else.

mod cli;

use std::process::ExitCode;

use cli::Command;

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
    eprintln!("error: {error}");
    if !error.details().is_empty() {
        eprintln!("{}", error.details());
    }
}
