//! A closure of a chain changes no variable.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let (numbers, mut total) = (vec![1_u64, 2, 3], 0);
    numbers.par_iter().for_each(|n| total += n).await;
    println!("{total}");
}
