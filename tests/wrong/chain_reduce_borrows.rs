//! `reduce` combines values.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let numbers = vec![1_u64, 2, 3];
    println!("{}", numbers.par_iter().reduce(|| 0, |a, b| a + b).await);
}
