//! `#[main]` is for an `async fn`.
#[guest_runtime::main]
fn main() {}
