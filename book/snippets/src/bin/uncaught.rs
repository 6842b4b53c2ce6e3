//! A job panics, and its parent does not catch the failure.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn divide(a: u64, b: u64) -> u64 {
    assert!(b != 0, "cannot divide {a} by nothing");
    a / b
}

#[guest_runtime::main]
async fn main() {
    println!("{}", divide(6, 3).par().await);
    println!("{}", divide(6, 0).par().await);
}
