//! Nests jobs until one is refused.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn dig(depth: u32) -> String {
    match dig(depth + 1).par().catch().await {
        Ok(deeper) => deeper,
        Err(failure) => format!("{depth} deep, the next {failure}"),
    }
}

#[guest_runtime::main]
async fn main() {
    println!("{}", dig(1).par().await);
}
