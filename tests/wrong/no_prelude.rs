//! `.par()` is the method of a trait.
#[guest_runtime::parallel]
async fn double(n: u64) -> u64 {
    n * 2
}

#[guest_runtime::main]
async fn main() {
    double(1).par().await;
}
