//! A test with a job.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn double(n: u64) -> u64 {
    assert!(n < 1 << 63, "{n} is too large to double");
    n * 2
}

#[guest_runtime::main]
async fn main() {
    println!("{}", double(21).par().await);
}

#[guest_runtime::test]
async fn a_job_doubles() {
    assert_eq!(double(4).par().await, 8);
}

#[guest_runtime::test]
async fn a_job_says_what_is_too_large() {
    let failure = double(u64::MAX).par().catch().await.unwrap_err();
    assert!(failure.to_string().ends_with("is too large to double"));
}
