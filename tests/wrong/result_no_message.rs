//! A result is a message.
struct Sum(u64);

#[guest_runtime::parallel]
async fn add(a: u64, b: u64) -> Sum {
    Sum(a + b)
}

fn main() {}
