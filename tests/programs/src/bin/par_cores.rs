//! How many cores there are, in main and in a job.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    println!("{} {}", guest_runtime::cores(), (async || guest_runtime::cores()).par().await);
}
