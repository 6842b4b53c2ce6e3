//! A sum of floats that is the same on any number of cores.
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    let numbers: Vec<f32> = (1..=100_000).map(|n| 1.0 / n as f32).collect();
    let sum = || numbers[..].par_reduce(async |n| *n, async |a, b| a + b);

    println!("{:?}", sum().await);
    println!("{:?}", sum().grain(1_000).await);
    println!("{:?}", sum().grain(7_777).limit(2).await);
    println!("one by one: {:?}", numbers.iter().copied().reduce(|a, b| a + b));
}
