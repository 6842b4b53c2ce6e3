//! What is within counts.
use std::rc::Rc;

#[guest_runtime::parallel]
async fn sum(numbers: Vec<Rc<u64>>) -> u64 {
    numbers.iter().map(|number| **number).sum()
}

fn main() {}
