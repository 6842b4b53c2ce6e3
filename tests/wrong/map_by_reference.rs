//! A closure that is called with items captures nothing either.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let factor = 3;
    let scaled = vec![1_u64, 2].par_map(async |n| n * factor).await;
    println!("{scaled:?}");
}
