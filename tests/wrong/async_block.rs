//! A future that exists cannot move to another instance.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let n = 1;
    async { n + 1 }.par().await;
}
