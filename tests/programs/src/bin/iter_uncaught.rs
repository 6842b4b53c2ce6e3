//! The failure of an item that nobody catches is the panic of who awaits the work, with its place.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let quotients = (0..10_u32).par_map(async |n| 12 / (5 - n)).await;
    println!("{quotients:?}");
}
