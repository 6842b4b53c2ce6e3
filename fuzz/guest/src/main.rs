//! Fuzz targets of code that runs in guests: decoding of messages, and the RESP parser of mini-redis.

mod messages;
mod resp;

use std::process::ExitCode;

use fuzz::Entry;

static TARGETS: [Entry; 2] = [Entry::new::<messages::Messages>("messages"), Entry::new::<resp::Resp>("resp")];

fn main() -> ExitCode {
    fuzz::main(&TARGETS)
}
