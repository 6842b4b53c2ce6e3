//! Fuzz targets of what runs in guests: what arrives as a message, and what a client of mini-redis sends.

mod messages;
mod resp;

use std::process::ExitCode;

use fuzz::Entry;

static TARGETS: [Entry; 2] = [Entry::new::<messages::Messages>("messages"), Entry::new::<resp::Resp>("resp")];

fn main() -> ExitCode {
    fuzz::main(&TARGETS)
}
