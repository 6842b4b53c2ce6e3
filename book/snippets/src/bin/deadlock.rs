//! Waits for something that can never happen.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    println!("{}", (async || 1).par().await);
    std::future::pending::<()>().await;
}
