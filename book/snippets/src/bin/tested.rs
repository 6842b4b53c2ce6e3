//! A job in a test.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn double(n: u64) -> u64 {
    n * 2
}

#[guest_runtime::main]
async fn main() {
    println!("{}", double(21).par().await);
}

#[test]
fn a_job_doubles() {
    guest_runtime::block_on(async {
        assert_eq!(double(4).par().await, 8);
    });
}
