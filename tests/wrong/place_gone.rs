//! A place has to live as long as the future that holds it.
use guest_runtime::ParallelFuture;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

fn start() -> ParallelFuture<'static, u64> {
    let numbers = vec![1, 2, 3];
    sum(&numbers).par()
}

fn main() {
    start().wait();
}
