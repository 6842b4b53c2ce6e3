//! The attributes have one argument.
#[guest_runtime::main(flavor = "multi_thread")]
async fn main() {}
