//! `par_with` takes what moves; `par_on` takes what is borrowed.
use guest_runtime::prelude::*;

async fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

fn main() {
    let numbers = vec![1, 2];
    let _ = sum.par_with(&numbers[..]);
}
