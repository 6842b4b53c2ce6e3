//! Fuzz targets of the host: its command line, the components that it loads, the contract, HTTP.

use std::process::ExitCode;

fn main() -> ExitCode {
    fuzz::main(&fuzz_host::TARGETS)
}
