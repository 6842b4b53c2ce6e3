//! There is no `spawn`.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let n = 1;
    guest_runtime::spawn(par!([n] async { n + 1 }));
}
