//! Does not compile: a reference as an argument.

#[guest_runtime::parallel]
async fn sum(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

fn main() {}
