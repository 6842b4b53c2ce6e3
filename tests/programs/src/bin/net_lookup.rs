//! Looks up names, several at a time. Fails if none is found.

use std::process::ExitCode;

use guest_runtime::io;
use guest_runtime::net::lookup_host;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> ExitCode {
    let names: Vec<_> = std::env::args().skip(1).collect();
    let lookups: Vec<_> = names.iter().map(lookup_host).collect();
    let mut code = ExitCode::FAILURE;
    for found in lookups.join().await {
        match found {
            Ok(addresses) => {
                println!("{:?}", addresses.collect::<Vec<_>>());
                code = ExitCode::SUCCESS;
            }
            Err(error) => println!("{:?}", io::Error::kind(&error)),
        }
    }
    code
}
