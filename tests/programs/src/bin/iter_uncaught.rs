//! An uncaught failure of an item is a panic of the awaiting code, with the item's location.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let quotients = (0..10_u32).par_map(async |n| 12 / (5 - n)).await;
    println!("{quotients:?}");
}
