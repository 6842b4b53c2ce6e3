//! After `filter`, the number of an item is not known.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let numbers = vec![1, 2, 3];
    let odd: Vec<(usize, u64)> = numbers.par_iter().copied().filter(|n| n % 2 == 1).enumerate().collect().await;
    println!("{odd:?}");
}
