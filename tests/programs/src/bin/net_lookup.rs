//! Looks up names, several at a time.
use guest_runtime::io;
use guest_runtime::net::lookup_host;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let names: Vec<_> = std::env::args().skip(1).collect();
    let lookups: Vec<_> = names.iter().map(lookup_host).collect();
    for found in lookups.join().await {
        match found {
            Ok(addresses) => println!("{:?}", addresses.collect::<Vec<_>>()),
            Err(error) => println!("{:?}", io::Error::kind(&error)),
        }
    }
}
