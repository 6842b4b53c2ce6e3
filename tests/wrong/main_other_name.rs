//! And for one of this name.
#[guest_runtime::main]
async fn start() {}
