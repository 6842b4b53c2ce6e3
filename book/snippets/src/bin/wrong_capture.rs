//! Does not compile: a closure with a capture.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let n: u64 = 21;
    let doubled = (async move || n * 2).par().await;
    println!("{doubled}");
}
