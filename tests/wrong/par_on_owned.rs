//! And the other way round.
use guest_runtime::prelude::*;

async fn sum(numbers: Vec<u64>) -> u64 {
    numbers.iter().sum()
}

fn main() {
    let _ = sum.par_on(vec![1, 2]);
}
