//! Work is a future.
#[guest_runtime::parallel]
fn double(n: u64) -> u64 {
    n * 2
}

fn main() {}
