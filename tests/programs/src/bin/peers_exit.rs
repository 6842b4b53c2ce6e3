//! A program that ends as its argument says, with std alone.
use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("success") => ExitCode::SUCCESS,
        Some("failure") => ExitCode::FAILURE,
        Some("exit") => std::process::exit(3),
        Some("panic") => panic!("on request"),
        Some("abort") => std::process::abort(),
        other => panic!("no such end: {other:?}"),
    }
}
